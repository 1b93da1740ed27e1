// The operation `test`: which keys it asks, how many at a time, and that it leaves no call behind.
import { describe, expect, test } from "bun:test";
import { type InputOf, OPERATIONS, type OutputOf } from "../../src/admin/operation-table.ts";
import type { ControlPorts, TestResult, TestTarget } from "../../src/admin/ports.ts";
import { START } from "../balancer/fixtures.ts";
import { openLab } from "../daemon/instance-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { settle } from "../proxy/fixtures.ts";
import { keyId } from "./every-state.ts";

const named = (name: string) => ({ name, key: fakeSecret(name) });
const CONFIG = {
  providers: [
    { name: "openai", api_keys: ["a", "b", "c"].map(named) },
    { name: "groq", api_keys: [named("g")] },
    { name: "deepseek", api_keys: [named("d")], enabled: false },
  ],
};

type Item = OutputOf<"test">;

/** Calls that are answered by hand. */
class Calls {
  readonly targets: TestTarget[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #answers: ((result: Partial<TestResult>) => void)[] = [];
  readonly #rejects: ((error: Error) => void)[] = [];
  running = 0;
  most = 0;

  readonly test: ControlPorts["test"] = (target, signal) => {
    this.targets.push(target);
    this.signals.push(signal);
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    return new Promise<TestResult>((resolve, reject) => {
      const end = (result: Partial<TestResult>) => resolve({ ...resultOf(target), ...result });
      this.#answers.push(end);
      this.#rejects.push(reject);
      signal.addEventListener("abort", () => end({ isOk: false, outcome: "client_gone" }), { once: true });
    }).finally(() => {
      this.running -= 1;
    });
  };

  answer(index: number, result: Partial<TestResult> = {}): void {
    this.#answers[index]?.(result);
  }

  fail(index: number, error: Error): void {
    this.#rejects[index]?.(error);
  }
}

function resultOf({ provider, keyId: id, model }: TestTarget): TestResult {
  const none = { reason: undefined, message: undefined, firstTokenMs: undefined };
  return { provider, keyId: id, model, isOk: true, status: 200, outcome: "ok", latencyMs: 5, ...none };
}

async function setUp(given: InputOf<"test">, signal = new AbortController().signal) {
  const lab = await openLab({ config: CONFIG });
  const calls = new Calls();
  lab.instance.balancer.setDisabled([{ provider: "openai", keyId: keyId(lab, "c") }], true, START);
  const operation = OPERATIONS.get("test");
  if (operation?.form !== "stream") throw new Error("The operation is no stream");
  const ports = { ...lab.ports, test: calls.test };
  const items = (await operation.run(operation.input.parse(given), ports, signal)) as AsyncGenerator<Item>;
  const names = () => calls.targets.map((target) => nameOf(target));
  const nameOf = ({ provider, keyId: id }: TestTarget) =>
    lab.instance.config.providers.flatMap(({ keys }) => keys).find((key) => key.id === id)?.name ?? provider;
  return { calls, items, names, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

describe("test asks", () => {
  test.each<[string, InputOf<"test">, readonly string[]]>([
    ["each enabled provider once", {}, ["openai", "groq"]],
    ["one provider", { provider: "groq" }, ["groq"]],
    ["one provider that is not enabled, to say so", { provider: "deepseek" }, ["deepseek"]],
    ["every key that is not kept out on purpose", { all_keys: true }, ["a", "b", "g"]],
    ["every such key of one provider", { all_keys: true, provider: "openai" }, ["a", "b"]],
    ["the keys of a provider that is not enabled where it is named", { all_keys: true, provider: "deepseek" }, ["d"]],
    ["the keys in one state", { status: "ready" }, ["a", "b", "g"]],
    ["the disabled keys where they are asked for", { status: "disabled" }, ["c"]],
    ["the keys that are named, whatever their state", { keys: ["c", "a", "d"] }, ["a", "c", "d"]],
    ["the keys in one of several states", { status: ["ready", "disabled"] }, ["a", "b", "c", "g"]],
    ["the keys that a search finds", { search: "GROQ" }, ["g"]],
    ["several providers", { provider: ["groq", "openai"] }, ["openai", "groq"]],
    ["nothing where no key failed", { min_failures: 1 }, []],
    ["nothing where no key is meant", { status: "exhausted" }, []],
  ])("%s", async (_what, input, expected) => {
    await using run = await setUp({ ...input, concurrency: 64 });
    const first = run.items.next();
    await settle();
    expect(run.names()).toEqual([...expected]);
    for (const index of expected.keys()) run.calls.answer(index);
    const item = await first;
    expect(item.done === true ? 0 : item.value.total).toBe(expected.length);
    await run.items.return(undefined);
  });

  test("with the model that is named", async () => {
    await using run = await setUp({ model: "gpt-4o", concurrency: 1 });
    const first = run.items.next();
    await settle();
    run.calls.answer(0);
    expect(await first).toMatchObject({ value: { model: "gpt-4o" } });
    expect(run.calls.targets[0]?.model).toBe("gpt-4o");
    await run.items.return(undefined);
  });
});

test("test runs as many calls at a time as it may, and answers in the order in which they end", async () => {
  await using run = await setUp({ all_keys: true, concurrency: 2 });
  const first = run.items.next();
  await settle();
  expect(run.names()).toEqual(["a", "b"]);
  run.calls.answer(1);
  expect(await first).toMatchObject({ value: { key: "b", total: 3 } });
  await settle();
  expect(run.names()).toEqual(["a", "b", "g"]);
  run.calls.answer(2, { isOk: false, outcome: "timeout", status: undefined, message: "no answer" });
  expect(await run.items.next()).toMatchObject({ value: { key: "g", is_ok: false, outcome: "timeout" } });
  run.calls.answer(0);
  expect(await run.items.next()).toMatchObject({ value: { key: "a" } });
  expect(await run.items.next()).toMatchObject({ done: true });
  expect(run.calls.most).toBe(2);
});

describe("test leaves no call behind", () => {
  test("when its reader has seen enough", async () => {
    await using run = await setUp({ all_keys: true, concurrency: 2 });
    const first = run.items.next();
    await settle();
    run.calls.answer(0);
    await first;
    await run.items.return(undefined);
    expect([run.calls.running, run.calls.targets.length]).toEqual([0, 3]);
    expect(run.calls.signals.every(({ aborted }) => aborted)).toBe(true);
  });

  test("when it is aborted: what was broken off is no result, and nothing else begins", async () => {
    const stop = new AbortController();
    await using run = await setUp({ all_keys: true, concurrency: 2 }, stop.signal);
    const first = run.items.next();
    await settle();
    run.calls.answer(0);
    expect(await first).toMatchObject({ value: { key: "a" } });
    stop.abort();
    expect(await run.items.next()).toMatchObject({ done: true });
    expect([run.calls.running, run.calls.targets.length]).toEqual([0, 3]);
  });

  test("when one of them meets a bug of ours, which is thrown", async () => {
    await using run = await setUp({ all_keys: true, concurrency: 3 });
    const first = run.items.next();
    await settle();
    run.calls.fail(1, new TypeError("a bug"));
    await expect(first).rejects.toThrow("a bug");
    expect(run.calls.running).toBe(0);
  });
});
