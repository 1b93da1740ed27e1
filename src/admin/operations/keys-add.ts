// `keys.add`: takes keys into the encrypted store, or tells what would become of them; `keys.try` tests them before.
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import type { Config } from "../../config/config.ts";
import { asTheyCome } from "../../core/as-they-come.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { mapInSlices } from "../../core/slices.ts";
import { UserError } from "../../core/user-error.ts";
import { type AddedKey, addedKey, keyMerger, mergeKeys, refusedKey } from "../new-keys.ts";
import { call, stream } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import { type TestRow, testRow, toTestRow } from "../test-rows.ts";
import { broughtKeys, lineOfKey, unfitKey, type WantedKey, wantedKeys } from "../wanted-keys.ts";

/** Calls at a time while keys are tested. */
const TESTS_AT_A_TIME = 8;

export const keysAdd = call({
  name: "keys.add",
  kind: "change",
  who: "admin",
  summary: "Adds keys to the encrypted store, all or none; a key that is there already takes the settings given.",
  input: z.strictObject({
    ...broughtKeys,
    test: z.boolean().default(false).describe("Tries each new key with one call, and adds only those that work."),
    skip_unfit: z.boolean().default(false).describe("Adds the others where some cannot be taken, and tells of those."),
    dry_run: z
      .boolean()
      .default(false)
      .describe("Only tells what would become of each, as with `skip_unfit`: nothing is stored or tested."),
  }),
  output: z.object({
    keys: z
      .array(addedKey.extend({ line: lineOfKey, test: testRow.optional().describe("What its test call met.") }))
      .describe("What became of each, in the order in which they were given."),
    unfit: z.array(unfitKey).describe("Those that cannot be taken; empty unless `skip_unfit` or `dry_run` is set."),
    unused: z.array(z.string()).describe("Those of their providers that are not enabled: their keys serve nothing."),
  }),
  async run({ test, skip_unfit, dry_run, ...brought }, ports, signal) {
    if (dry_run && test) throw new UserError("dry_run tests nothing: leave one of dry_run and test out");
    const { wanted, unfit } = await wantedKeys(brought, ports, !skip_unfit && !dry_run);
    const tests = test ? await testAll(unknownOf(wanted, ports), ports, signal) : NO_TESTS;
    const accepted = wanted.filter(({ id }) => tests.get(id)?.is_ok !== false);
    await nextTurn();
    const outcomes = dry_run ? await foretell(accepted, ports) : await store(accepted, ports);
    const byKey = new Map(accepted.map((key, index) => [key, outcomes[index]]));
    return {
      keys: await mapInSlices(wanted, (key) => rowOf(key, byKey.get(key), tests.get(key.id))),
      unfit: [...unfit],
      unused: unusedOf(wanted, ports.config()),
    };
  },
});

export const keysTry = stream({
  name: "keys.try",
  kind: "change",
  who: "admin",
  summary:
    "Tries keys that `keys.add` would add, with one real call each, and answers with each result as it comes; nothing is stored, and nobody's health takes note of it.",
  input: z.strictObject(broughtKeys),
  output: testRow.extend({
    line: lineOfKey,
    id: z.string().describe("The id that the key would have."),
    masked: z.string().describe("The secret's first and last four characters."),
    total: z.int().describe("How many results there will be: each new key is tried once."),
  }),
  async *run(brought, ports, signal) {
    const { wanted } = await wantedKeys(brought, ports, false);
    const keys = unknownOf(wanted, ports);
    for await (const { key, row } of results(keys, ports, signal)) {
      const { id, masked } = refusedKey(key);
      yield { ...row, line: key.line, id, masked, total: keys.length };
    }
  },
});

type Tests = ReadonlyMap<string, TestRow>;

const NO_TESTS: Tests = new Map();

async function store(accepted: readonly WantedKey[], ports: ControlPorts): Promise<readonly AddedKey[]> {
  let outcomes: readonly AddedKey[] = [];
  await ports.keys.change((stored) => {
    const merged = mergeKeys(stored, accepted, ports.config());
    outcomes = merged.outcomes;
    return merged.keys;
  });
  return outcomes;
}

/** @throws UserError where the store would take none. */
async function foretell(accepted: readonly WantedKey[], { keys, config }: ControlPorts): Promise<readonly AddedKey[]> {
  refuseFault(keys.fault);
  return mapInSlices(accepted, keyMerger(keys.list(), config()).take);
}

function unusedOf(keys: readonly WantedKey[], { providers }: Config): string[] {
  const given = new Set(keys.map(({ key }) => key.provider));
  return providers.filter(({ name, enabled }) => given.has(name) && !enabled).map(({ name }) => name);
}

/** Each once. */
function unknownOf(keys: readonly WantedKey[], ports: ControlPorts): readonly WantedKey[] {
  const known = new Set(ports.config().providers.flatMap((provider) => provider.keys.map(({ id }) => id)));
  const first = new Map(keys.toReversed().map((key) => [key.id, key]));
  return keys.filter((key) => !known.has(key.id) && first.get(key.id) === key);
}

interface Tried {
  readonly key: WantedKey;
  readonly row: TestRow;
}

function results(keys: readonly WantedKey[], ports: ControlPorts, signal: AbortSignal): AsyncGenerator<Tried> {
  refuseFault(ports.keys.fault);
  const tryOut = ports.keys.tester();
  const run = async (key: WantedKey, either: AbortSignal) => ({
    key,
    row: toTestRow(await tryOut(key.key, either), key.key.name),
  });
  return asTheyCome({ items: keys, atATime: TESTS_AT_A_TIME, run }, signal);
}

/** @throws UserError when a key cannot be tested, or the caller left: what was tested until then is of no use. */
async function testAll(keys: readonly WantedKey[], ports: ControlPorts, signal: AbortSignal): Promise<Tests> {
  const tests = new Map<string, TestRow>();
  for await (const { key, row } of results(keys, ports, signal)) tests.set(key.id, row);
  if (signal.aborted) throw new UserError("Stopped before all keys were tested: none was added", EXIT.failed);
  return tests;
}

function refuseFault(fault: string | undefined): void {
  if (fault !== undefined) throw new UserError(fault, EXIT.failed);
}

/** `added`: undefined for a key that its test refused. */
function rowOf(key: WantedKey, added: AddedKey | undefined, test: TestRow | undefined) {
  return { ...(added ?? refusedKey(key)), line: key.line, ...(test !== undefined && { test }) };
}
