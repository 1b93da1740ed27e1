// `keys.remove`, `keys.enable`, `keys.disable` and `keys.reset`.
import { z } from "zod";
import type { KeyPlace } from "../../balancer/contract.ts";
import type { Config } from "../../config/config.ts";
import { sourceText } from "../../config/source.ts";
import { inSlices, mapInSlices } from "../../core/slices.ts";
import { UserError } from "../../core/user-error.ts";
import { type KnownKey, placeOf } from "../known-keys.ts";
import { changeSelection, meantKeys, type NamedKey, namedKey, nameOf } from "../meant-keys.ts";
import { call } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import { referredAs } from "../referred-as.ts";

const input = z.strictObject(changeSelection);
const healthInput = input.extend({
  named: z.int().min(0).optional().describe("How many keys the answer names at most; all by default."),
});
const changed = z.object({
  keys: z
    .array(namedKey)
    .describe("The keys that were changed, or were so already; never of a provider that is not enabled."),
  count: z.int().describe("How many these are, also beyond `named`."),
  passed_over: z.int().describe("How many were meant besides, of providers that are not enabled or not configured."),
});

export const keysRemove = call({
  name: "keys.remove",
  kind: "change",
  who: "admin",
  summary: "Deletes keys from the encrypted store; those that are written elsewhere can only be disabled.",
  input,
  output: z.object({
    removed: z.array(namedKey).describe("Keys that are gone."),
    refused: z
      .array(namedKey.extend({ why: z.string().describe("Why, and what to do instead.") }))
      .describe("Keys that are not the store's, or that the configuration refers to."),
  }),
  async run(selection, ports) {
    const config = ports.config();
    const refused: (NamedKey & { readonly why: string })[] = [];
    const removed: KnownKey[] = [];
    for await (const slice of inSlices(await meantKeys(selection, ports))) {
      for (const known of slice) {
        const why = whyNot(known, config);
        if (why === undefined) removed.push(known);
        else refused.push({ ...nameOf(known), why });
      }
    }
    if (removed.length > 0) {
      const secrets = Map.groupBy(removed, ({ provider }) => provider);
      const gone = new Map(Array.from(secrets, ([name, keys]) => [name, new Set(keys.map(({ key }) => key.secret))]));
      await ports.keys.change((stored) => stored.filter((key) => gone.get(key.provider)?.has(key.secret) !== true));
      await ports.keys.forget(removed.map(placeOf));
    }
    return { removed: await mapInSlices(removed, nameOf), refused };
  },
});

export const keysDisable = healthChange(
  "keys.disable",
  "Keeps keys out until they are enabled; what they do at present is finished.",
  ({ health }, keys) => health.setDisabled(keys, true),
);

export const keysEnable = healthChange(
  "keys.enable",
  "Lets disabled keys serve again; what they rest for besides goes on.",
  ({ health }, keys) => health.setDisabled(keys, false),
);

export const keysReset = call({
  name: "keys.reset",
  kind: "change",
  who: "admin",
  summary:
    "Ends every rest of keys, their models and operations, and forgets what answers showed of their limits, with what they share with their quota groups, so that the next request may use them; or only for one model or operation. Stated limits count on.",
  input: healthInput.extend({
    model: z.string().min(1).optional().describe("Only what rests for this model, by the upstream's name."),
    operation: z.string().min(1).optional().describe("Only what rests for this operation, such as `embeddings`."),
  }),
  output: changed.extend({ cleared: z.boolean().describe("False where nothing of it rested.") }),
  async run({ model, operation, named, ...selection }, ports) {
    const meant = await meantKeys(selection, ports);
    const keys = inService(meant);
    const cleared = await ports.health.reset(keys.map(placeOf), { model, operation });
    return { ...(await changedOf(meant, keys, named)), cleared };
  },
});

/** An operation that changes the health of keys. */
function healthChange<Name extends string>(
  name: Name,
  summary: string,
  change: (ports: ControlPorts, keys: readonly KeyPlace[]) => Promise<void>,
) {
  return call({
    name,
    kind: "change",
    who: "admin",
    summary,
    input: healthInput,
    output: changed,
    async run({ named, ...selection }, ports) {
      const meant = await meantKeys(selection, ports);
      const keys = inService(meant);
      await change(ports, keys.map(placeOf));
      return changedOf(meant, keys, named);
    },
  });
}

async function changedOf(meant: readonly KnownKey[], keys: readonly KnownKey[], named: number | undefined) {
  const rows = await mapInSlices(keys.slice(0, named), nameOf);
  return { keys: rows, count: keys.length, passed_over: meant.length - keys.length };
}

/** Those that have health. @throws UserError where none of those that are meant has. */
function inService(keys: readonly KnownKey[]): readonly KnownKey[] {
  const kept = keys.filter(({ service }) => service === "on");
  const [first] = keys;
  if (first === undefined || kept.length > 0) return kept;
  const what = first.service === "off" ? "is not enabled" : "is not configured";
  throw new UserError(
    `The provider ${first.provider} ${what}, so that its keys serve nothing: change the configuration first`,
  );
}

/** Why a key cannot be removed. */
function whyNot({ key, provider }: KnownKey, config: Config): string | undefined {
  if (key.source.kind !== "key-store") return `it comes from ${sourceText(key.source)}: remove it there, or disable it`;
  const field = referredAs(key.id, provider, config);
  return field && `the configuration names it as ${field}: change that first`;
}
