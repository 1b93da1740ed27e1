// What is asked for of the list of keys, how much at a time, and how often.
import { describe, expect, test } from "bun:test";
import { ApiFailure } from "../../../src/page/api/api-failure.ts";
import { KeyAsker } from "../../../src/page/keys/key-asker.ts";
import { KEY_STATES, type KeysAnswer } from "../../../src/page/keys/key-filter.ts";
import { rowOf } from "./rows.ts";

type Asked = Parameters<ConstructorParameters<typeof KeyAsker>[0]["call"]>[0];

/** A list of a thousand keys whose answers are given by hand, and a clock. */
class Lab {
  readonly asked: Asked[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #settlers: PromiseWithResolvers<KeysAnswer>[] = [];
  now = 0;
  due: { readonly at: number; readonly run: () => void } | undefined;
  order = "1";
  readonly asker = new KeyAsker({
    call: (question, signal) => {
      this.asked.push(question);
      this.signals.push(signal);
      const settler = Promise.withResolvers<KeysAnswer>();
      this.#settlers.push(settler);
      return settler.promise;
    },
    onChange: () => {},
    now: () => this.now,
    schedule: (delayMs, run) => {
      this.due = { at: this.now + delayMs, run };
      return () => {
        this.due = undefined;
      };
    },
  });

  get last(): Asked | undefined {
    return this.asked.at(-1);
  }

  async answer(index = this.asked.length - 1): Promise<void> {
    const { offset = 0, limit = 0 } = this.asked[index] ?? {};
    const keys = Array.from({ length: Math.min(limit, 1_000 - offset) }, (_, place) => rowOf(offset + place));
    const states = Object.fromEntries(KEY_STATES.map((state) => [state, 0])) as KeysAnswer["states"];
    this.#settlers[index]?.resolve({ keys, matched: 1_000, total: 1_000, order: this.order, states, providers: [] });
    await Promise.resolve();
    await Promise.resolve();
  }

  async fail(): Promise<void> {
    this.#settlers.at(-1)?.reject(new ApiFailure("refused", "no", 422));
    await Promise.resolve();
    await Promise.resolve();
  }
}

async function begun(): Promise<Lab> {
  const lab = new Lab();
  lab.asker.ask({ sort: "name" });
  await lab.answer();
  return lab;
}

describe("KeyAsker", () => {
  test("asks at once for what its own user has changed, and not for what others do", async () => {
    const lab = await begun();
    lab.asker.renew("order");
    expect(lab.asked).toHaveLength(1);
    lab.asker.renewNow();
    expect(lab.last).toEqual({ sort: "name", offset: 0, limit: 70 });
    expect(lab.asked).toHaveLength(2);
  });

  test("asks for the first rows, then for those that are seen, of the same order", async () => {
    const lab = await begun();
    expect(lab.asked).toEqual([{ sort: "name", offset: 0, limit: 70 }]);
    expect(lab.asker.state).toMatchObject({ isLoading: false, counts: { matched: 1_000 } });
    lab.asker.look({ start: 500, end: 520 });
    expect(lab.last).toEqual({ sort: "name", offset: 470, limit: 80, order: "1" });
    await lab.answer();
    lab.asker.look({ start: 500, end: 520 });
    expect(lab.asked).toHaveLength(2);
    expect(lab.asker.state.rows.at(519)?.name).toBe("key-519");
  });

  test("asks one question at a time, and passes over what nobody looks at any more", async () => {
    const lab = await begun();
    for (let start = 100; start <= 900; start += 100) lab.asker.look({ start, end: start + 20 });
    expect(lab.asked).toHaveLength(2);
    await lab.answer();
    expect(lab.asked.map(({ offset }) => offset)).toEqual([0, 70, 870]);
  });

  test("drops the answer to a question that is over, and shows the last one until the next is there", async () => {
    const lab = await begun();
    lab.asker.look({ start: 500, end: 520 });
    lab.asker.ask({ search: "x" });
    expect(lab.signals[1]?.aborted).toBe(true);
    expect(lab.asker.state).toMatchObject({ isLoading: true, counts: { matched: 1_000 } });
    expect(lab.asker.state.rows.at(0)?.name).toBe("key-0");
    await lab.answer(1);
    expect(lab.asker.state.rows.at(500)).toBeUndefined();
    await lab.answer(2);
    expect(lab.asker.state.isLoading).toBe(false);
  });

  test("renews rows where they stand, and asks for another order when it may", async () => {
    const lab = await begun();
    lab.asker.renew("rows");
    expect(lab.last).toMatchObject({ offset: 0, limit: 70, order: "1" });
    await lab.answer();
    lab.asker.renew("order");
    expect(lab.asked).toHaveLength(2);
    lab.now = lab.due?.at ?? 0;
    lab.due?.run();
    expect(lab.last).toEqual({ sort: "name", offset: 0, limit: 70 });
    lab.order = "2";
    await lab.answer();
    expect(lab.asker.state.rows.order).toBe("2");
  });

  test("spends a tenth of the time on orders at most", async () => {
    const lab = new Lab();
    lab.asker.ask({});
    lab.now = 400;
    await lab.answer();
    lab.asker.renew("order");
    expect(lab.due?.at).toBe(400 + 3_600);
  });

  test("goes on with rows while it must not ask for an order", async () => {
    const lab = await begun();
    lab.asker.renew("order");
    lab.asker.look({ start: 500, end: 520 });
    expect(lab.last).toMatchObject({ offset: 470, order: "1" });
  });

  test("keeps what it has when a question fails, and asks again when somebody wants it", async () => {
    const lab = await begun();
    lab.asker.look({ start: 500, end: 520 });
    await lab.fail();
    expect(lab.asker.state).toMatchObject({ failure: { message: "no" }, counts: { matched: 1_000 } });
    lab.asker.look({ start: 501, end: 521 });
    await lab.answer();
    expect(lab.asker.state.failure).toBeUndefined();
  });

  test("asks for nothing any more once it has ended", async () => {
    const lab = await begun();
    lab.asker.renew("order");
    lab.asker.end();
    expect([lab.due, lab.asked.length]).toEqual([undefined, 1]);
  });
});
