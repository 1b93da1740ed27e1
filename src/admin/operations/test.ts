// `test`: real calls, one for each provider or key; what they meet counts for health.
import { z } from "zod";
import { type KeyRow, stateOf } from "../key-rows.ts";
import { type KnownKey, knownKeys } from "../known-keys.ts";
import { stream } from "../operation.ts";
import type { ControlPorts, TestTarget } from "../ports.ts";
import { checkProvider, keySelection, selectKeys } from "../select-keys.ts";
import { type TestRow, testRow, toTestRow } from "../test-rows.ts";

const MOST_AT_A_TIME = 64;

export const test = stream({
  name: "test",
  kind: "change",
  who: "admin",
  summary: "Asks providers with real calls, and answers with each result as it comes; health takes note of it.",
  input: z.strictObject({
    ...keySelection,
    all_keys: z.boolean().default(false).describe("Every key that is not disabled, in place of one for each provider."),
    model: z.string().min(1).optional().describe("The model to ask; the provider's `test_model` by default."),
    concurrency: z.int().min(1).max(MOST_AT_A_TIME).default(8).describe("Calls at a time."),
  }),
  output: testRow.extend({ total: z.int().describe("How many results there will be.") }),
  run(input, ports, signal) {
    return results(targetsOf(input, ports), input.concurrency, ports, signal);
  },
});

interface Choice {
  readonly keys: readonly string[];
  readonly provider?: string | undefined;
  readonly status?: KeyRow["state"] | undefined;
  readonly all_keys: boolean;
  readonly model?: string | undefined;
}

function targetsOf(choice: Choice, ports: ControlPorts): readonly TestTarget[] {
  const config = ports.config();
  const { model, provider } = choice;
  if (choice.keys.length > 0 || choice.status !== undefined || choice.all_keys) {
    const keys = selectKeys(knownKeys(ports), choice, ports).filter(isMeant(choice, ports));
    return keys.map((known) => ({ provider: known.provider, keyId: known.key.id, model }));
  }
  checkProvider(provider, config);
  const chosen = config.providers.filter(({ name, enabled }) => (provider === undefined ? enabled : name === provider));
  return chosen.map(({ name }) => ({ provider: name, keyId: undefined, model }));
}

/** What is kept out on purpose is tested only where somebody asks for it. */
function isMeant({ keys, status, provider }: Choice, ports: ControlPorts): (known: KnownKey) => boolean {
  if (keys.length > 0 || status === "unused") return () => true;
  return (known) => {
    if (known.service === "none" || (known.service === "off" && known.provider !== provider)) return false;
    return status === "disabled" || stateOf(known, ports) !== "disabled";
  };
}

async function* results(
  targets: readonly TestTarget[],
  concurrency: number,
  ports: ControlPorts,
  signal: AbortSignal,
): AsyncGenerator<TestRow & { readonly total: number }> {
  const names = new Map(knownKeys(ports).map(({ key }) => [key.id, key.name]));
  const rest = targets.values();
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const running = new Set<Promise<void>>();
  const ready: TestRow[] = [];
  const startNext = () => {
    const next = either.aborted ? undefined : rest.next().value;
    if (next === undefined) return;
    const done = ports.test(next, either).then((result) => {
      running.delete(done);
      // What was broken off says nothing of the key.
      if (either.aborted) return;
      ready.push(toTestRow(result, result.keyId === undefined ? undefined : names.get(result.keyId)));
      startNext();
    });
    running.add(done);
  };
  try {
    for (let i = 0; i < concurrency; i++) startNext();
    while (running.size > 0 || ready.length > 0) {
      if (ready.length === 0) await Promise.race(running);
      for (const row of ready.splice(0)) yield { ...row, total: targets.length };
    }
  } finally {
    // Nobody waits for the others any more.
    ended.abort();
    await Promise.allSettled(running);
  }
}
