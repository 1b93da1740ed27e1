// Those who ask at the same time share an answer, which was never begun before they asked.
import { expect, test } from "bun:test";
import { SharedAnswers } from "../../src/core/shared-answers.ts";

function lab() {
  const begun: PromiseWithResolvers<number>[] = [];
  const shared = new SharedAnswers<number>();
  const make = () => {
    const made = Promise.withResolvers<number>();
    begun.push(made);
    return made.promise;
  };
  return { begun, ask: (question = "one") => shared.ask(question, make) };
}

test("SharedAnswers makes one answer for all who ask while another is made, once that has ended", async () => {
  const { begun, ask } = lab();
  const first = ask();
  const later = [ask(), ask(), ask()];
  expect(begun).toHaveLength(1);
  begun[0]?.resolve(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(begun).toHaveLength(2);
  begun[1]?.resolve(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
});

test("SharedAnswers begins anew once nobody waits", async () => {
  const { begun, ask } = lab();
  for (const value of [1, 2]) {
    const answer = ask();
    begun[value - 1]?.resolve(value);
    expect(await answer).toBe(value);
  }
});

test("SharedAnswers keeps no failure, and makes the next answer all the same", async () => {
  const { begun, ask } = lab();
  const first = ask();
  const next = ask();
  begun[0]?.reject(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await Promise.resolve();
  begun[1]?.resolve(2);
  expect(await next).toBe(2);
  const last = ask();
  begun[2]?.resolve(3);
  expect(await last).toBe(3);
});

test("SharedAnswers shares nothing between different questions", async () => {
  const { begun, ask } = lab();
  const both = [ask("one"), ask("two")];
  for (const [at, made] of begun.entries()) made.resolve(at);
  expect(await Promise.all(both)).toEqual([0, 1]);
});
