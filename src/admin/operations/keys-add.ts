// `keys.add`: takes keys into the encrypted store.
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import type { Config } from "../../config/config.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { mapInSlices } from "../../core/slices.ts";
import { UserError } from "../../core/user-error.ts";
import { isoTime } from "../iso-time.ts";
import { type AddedKey, addedKey, checkNewKeys, mergeKeys, type NewKey, newKey, refusedKey } from "../new-keys.ts";
import { call } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import { type TestRow, testRow, toTestRow } from "../test-rows.ts";

const MOST_KEYS = 100_000;
/** Calls at a time while keys are tested. */
const TESTS_AT_A_TIME = 8;

const entry = z.strictObject({
  key: z.string().min(1).describe("The secret."),
  provider: z.string().min(1).optional().describe("Its provider, if it is not that of all."),
  name: z.string().trim().min(1).max(200).optional().describe("What logs call it; its masked form by default."),
  weight: z.number().positive().max(1_000).optional().describe("Its share of the load; 1 by default."),
  priority: z.int().min(-1_000).max(1_000).optional().describe("Lower ones are used up first; 0 by default."),
  models: z.array(z.string().min(1)).min(1).optional().describe("Patterns of the models that it may serve."),
});

export const keysAdd = call({
  name: "keys.add",
  kind: "change",
  who: "admin",
  summary: "Adds keys to the encrypted store, all or none; a key that is there already takes the settings given.",
  input: z.strictObject({
    keys: z.array(entry).min(1).max(MOST_KEYS).describe("The keys, at most 100,000."),
    provider: z.string().min(1).optional().describe("The default provider by default, `openai` where there is none."),
    test: z.boolean().default(false).describe("Tries each new key with one call, and adds only those that work."),
  }),
  output: z.object({
    keys: z
      .array(addedKey.extend({ test: testRow.optional().describe("What its test call met.") }))
      .describe("What became of each, in the order in which they were given."),
    unused: z.array(z.string()).describe("Those of their providers that are not enabled: their keys serve nothing."),
  }),
  async run({ keys, provider, test }, ports, signal) {
    const config = ports.config();
    const fallback = provider ?? config.defaultProvider ?? "openai";
    const added_at = isoTime(ports.now());
    const wanted = await mapInSlices(keys, ({ key, provider: own, ...settings }) =>
      newKey({ provider: own ?? fallback, secret: key, ...settings, added_at }),
    );
    checkNewKeys(wanted, { config, configFile: ports.configFile(), hasPlaceFor: (key) => ports.keys.hasPlaceFor(key) });
    const tests = test ? await testAll(unknownOf(wanted, ports), ports, signal) : NO_TESTS;
    const accepted = wanted.filter(({ id }) => tests.get(id)?.is_ok !== false);
    await nextTurn();
    let outcomes: readonly AddedKey[] = [];
    await ports.keys.change((stored) => {
      const merged = mergeKeys(stored, accepted, ports.config());
      outcomes = merged.outcomes;
      return merged.keys;
    });
    const byKey = new Map(accepted.map((key, index) => [key, outcomes[index]]));
    return {
      keys: await mapInSlices(wanted, (key) => rowOf(key, byKey.get(key), tests.get(key.id))),
      unused: unusedOf(wanted, ports.config()),
    };
  },
});

type Tests = ReadonlyMap<string, TestRow>;

const NO_TESTS: Tests = new Map();

function unusedOf(keys: readonly NewKey[], { providers }: Config): string[] {
  const given = new Set(keys.map(({ key }) => key.provider));
  return providers.filter(({ name, enabled }) => given.has(name) && !enabled).map(({ name }) => name);
}

/** Each once. */
function unknownOf(keys: readonly NewKey[], ports: ControlPorts): readonly NewKey[] {
  const known = new Set(ports.config().providers.flatMap((provider) => provider.keys.map(({ id }) => id)));
  return [...new Map(keys.filter(({ id }) => !known.has(id)).map((key) => [key.id, key])).values()];
}

/** @throws UserError when a key cannot be tested, or the caller left: what was tested until then is of no use. */
async function testAll(keys: readonly NewKey[], ports: ControlPorts, signal: AbortSignal): Promise<Tests> {
  if (ports.keys.fault !== undefined) throw new UserError(ports.keys.fault, EXIT.failed);
  const tests = new Map<string, TestRow>();
  const tryOut = ports.keys.tester();
  const rest = keys.values();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const work = async () => {
    for (const { id, key } of rest) {
      if (either.aborted) return;
      tests.set(id, toTestRow(await tryOut(key, either), key.name));
    }
  };
  const workers = Array.from({ length: TESTS_AT_A_TIME }, work);
  try {
    await Promise.all(workers);
  } finally {
    failed.abort();
    await Promise.allSettled(workers);
  }
  if (signal.aborted) throw new UserError("Stopped before all keys were tested: none was added", EXIT.failed);
  return tests;
}

/** `added`: undefined for a key that its test refused. */
function rowOf(key: NewKey, added: AddedKey | undefined, test: TestRow | undefined) {
  return { ...(added ?? refusedKey(key)), ...(test !== undefined && { test }) };
}
