// `test`: real calls, one for each provider or key; what they meet counts for health.
import { z } from "zod";
import { asTheyCome } from "../../core/as-they-come.ts";
import { mapInSlices } from "../../core/slices.ts";
import { stateOf } from "../key-rows.ts";
import { allKnownKeys, type KnownKey, placeOf } from "../known-keys.ts";
import { stream } from "../operation.ts";
import type { ControlPorts, TestResult, TestTarget } from "../ports.ts";
import { checkProvider, type KeySelection, keySelection, listOf, saysNothing, selectKeys } from "../select-keys.ts";
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
  async run(input, ports, signal) {
    return results(await targetsOf(input, ports), input.concurrency, ports, signal);
  },
});

interface Choice extends KeySelection {
  readonly all_keys: boolean;
  readonly model?: string | undefined;
}

/** `name`: that of the key. */
interface NamedTarget extends TestTarget {
  readonly name: string | undefined;
}

async function targetsOf(choice: Choice, ports: ControlPorts): Promise<readonly NamedTarget[]> {
  const { model, provider, all_keys, ...selection } = choice;
  if (all_keys || !saysNothing({ ...selection, provider: undefined })) {
    const keys = await selectKeys(await allKnownKeys(ports), choice, ports);
    const isWanted = isMeant(choice, ports);
    const targets = await mapInSlices(keys, (known) =>
      isWanted(known) ? { ...placeOf(known), model, name: known.key.name } : undefined,
    );
    return targets.filter((target) => target !== undefined);
  }
  const config = ports.config();
  const names = listOf(provider);
  for (const name of names ?? []) checkProvider(name, config);
  const chosen = config.providers.filter(({ name, enabled }) => names?.includes(name) ?? enabled);
  return chosen.map(({ name }) => ({ provider: name, keyId: undefined, model, name: undefined }));
}

/** What is kept out on purpose is tested only where somebody asks for it. */
function isMeant({ keys, status, provider }: Choice, ports: ControlPorts): (known: KnownKey) => boolean {
  if (keys.length > 0) return () => true;
  const states = listOf(status) ?? [];
  const providers = listOf(provider) ?? [];
  return (known) => {
    const state = stateOf(known, ports.key(placeOf(known)));
    if (states.includes(state) && (state === "disabled" || state === "unused")) return true;
    if (known.service === "none" || (known.service === "off" && !providers.includes(known.provider))) return false;
    return state !== "disabled";
  };
}

/** Of the key that a provider's own choice fell on. */
function chosenName({ provider, keyId }: TestResult, ports: ControlPorts): string | undefined {
  const keys = ports.config().providers.find(({ name }) => name === provider)?.keys;
  return keys?.find(({ id }) => id === keyId)?.name;
}

async function* results(
  targets: readonly NamedTarget[],
  concurrency: number,
  ports: ControlPorts,
  signal: AbortSignal,
): AsyncGenerator<TestRow & { readonly total: number }> {
  const run = async (target: NamedTarget, either: AbortSignal) => {
    const result = await ports.test(target, either);
    return toTestRow(result, target.name ?? chosenName(result, ports));
  };
  const calls = { items: targets, atATime: concurrency, run };
  for await (const row of asTheyCome(calls, signal)) yield { ...row, total: targets.length };
}
