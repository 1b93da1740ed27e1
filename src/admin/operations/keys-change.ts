// `keys.remove`, `keys.enable`, `keys.disable` and `keys.reset`.
import { z } from "zod";
import type { KeyPlace } from "../../balancer/contract.ts";
import type { Config } from "../../config/config.ts";
import { sourceText } from "../../config/source.ts";
import { UserError } from "../../core/user-error.ts";
import { keyRow } from "../key-rows.ts";
import { type KnownKey, knownKeys } from "../known-keys.ts";
import { newKey } from "../new-keys.ts";
import { call } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import { referredAs } from "../referred-as.ts";
import { keySelection, selectKeys } from "../select-keys.ts";

const input = z.strictObject(keySelection);
const named = keyRow.pick({ id: true, name: true, provider: true, source: true });
const changed = z.object({
  keys: z
    .array(named)
    .describe("The keys that were changed, or were so already; never of a provider that is not enabled."),
});

type Selection = z.output<typeof input>;

export const keysRemove = call({
  name: "keys.remove",
  kind: "change",
  who: "admin",
  summary: "Deletes keys from the encrypted store; those that are written elsewhere can only be disabled.",
  input,
  output: z.object({
    removed: z.array(named).describe("Keys that are gone."),
    refused: z
      .array(named.extend({ why: z.string().describe("Why, and what to do instead.") }))
      .describe("Keys that are not the store's, or that the configuration refers to."),
  }),
  async run(selection, ports) {
    const config = ports.config();
    const refused: (z.output<typeof named> & { readonly why: string })[] = [];
    const removed: KnownKey[] = [];
    for (const known of select(selection, ports)) {
      const why = whyNot(known, config);
      if (why === undefined) removed.push(known);
      else refused.push({ ...nameOf(known), why });
    }
    const ids = new Set(removed.map(({ key }) => key.id));
    if (ids.size > 0) {
      await ports.keys.change((stored) => stored.filter((key) => !ids.has(newKey(key).id)));
      await ports.keys.forget(places(removed));
    }
    return { removed: removed.map(nameOf), refused };
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
  input: input.extend({
    model: z.string().min(1).optional().describe("Only what rests for this model, by the upstream's name."),
    operation: z.string().min(1).optional().describe("Only what rests for this operation, such as `embeddings`."),
  }),
  output: changed.extend({ cleared: z.boolean().describe("False where nothing of it rested.") }),
  async run({ model, operation, ...selection }, ports) {
    const keys = inService(select(selection, ports));
    const cleared = await ports.health.reset(places(keys), { model, operation });
    return { keys: keys.map(nameOf), cleared };
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
    input,
    output: changed,
    async run(selection, ports) {
      const keys = inService(select(selection, ports));
      await change(ports, places(keys));
      return { keys: keys.map(nameOf) };
    },
  });
}

/** @throws UserError where nothing says which keys are meant: an empty wish must not mean all of them. */
function select(selection: Selection, ports: ControlPorts): readonly KnownKey[] {
  const { keys, provider, status } = selection;
  if (keys.length === 0 && provider === undefined && status === undefined) {
    throw new UserError("Which keys? Name them by id, name or pattern, or all of a provider or a status");
  }
  return selectKeys(knownKeys(ports), selection, ports);
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

function places(keys: readonly KnownKey[]): readonly KeyPlace[] {
  return keys.map(({ provider, key }) => ({ provider, keyId: key.id }));
}

function nameOf({ provider, key: { id, name, source } }: KnownKey) {
  return { id, name, provider, source: sourceText(source) };
}
