// `keys.remove`, `keys.enable`, `keys.disable` and `keys.reset`.
import { z } from "zod";
import type { Config } from "../../config/config.ts";
import { UserError } from "../../core/user-error.ts";
import { type KeyRow, keyRow, keyRows } from "../key-rows.ts";
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
    const rows = select(selection, ports);
    const refused = rows.flatMap((row) => {
      const why = whyNot(row, config);
      return why === undefined ? [] : [{ ...nameOf(row), why }];
    });
    const ids = new Set(rows.filter((row) => whyNot(row, config) === undefined).map(({ id }) => id));
    if (ids.size > 0) {
      await ports.keys.change((stored) => stored.filter((key) => !ids.has(newKey(key).id)));
      await ports.keys.forget(places(rows.filter(({ id }) => ids.has(id))));
    }
    return { removed: rows.filter(({ id }) => ids.has(id)).map(nameOf), refused };
  },
});

export const keysDisable = call({
  name: "keys.disable",
  kind: "change",
  who: "admin",
  summary: "Keeps keys out until they are enabled; what they do at present is finished.",
  input,
  output: changed,
  async run(selection, ports) {
    const rows = inService(select(selection, ports), ports.config());
    await ports.health.setDisabled(places(rows), true);
    return { keys: rows.map(nameOf) };
  },
});

export const keysEnable = call({
  name: "keys.enable",
  kind: "change",
  who: "admin",
  summary: "Lets disabled keys serve again; what they rest for besides goes on.",
  input,
  output: changed,
  async run(selection, ports) {
    const rows = inService(select(selection, ports), ports.config());
    await ports.health.setDisabled(places(rows), false);
    return { keys: rows.map(nameOf) };
  },
});

export const keysReset = call({
  name: "keys.reset",
  kind: "change",
  who: "admin",
  summary: "Ends every rest of keys, their models and operations, so that the next request may use them.",
  input,
  output: changed,
  async run(selection, ports) {
    const rows = inService(select(selection, ports), ports.config());
    await ports.health.reset(places(rows));
    return { keys: rows.map(nameOf) };
  },
});

function select(selection: Selection, ports: ControlPorts): readonly KeyRow[] {
  const config = ports.config();
  return selectKeys(keyRows(config, ports.pools()), selection, config);
}

/** Those that have health. @throws UserError where all that is meant belongs to providers that are not enabled. */
function inService(rows: readonly KeyRow[], { providers }: Config): readonly KeyRow[] {
  const off = new Set(providers.filter(({ enabled }) => !enabled).map(({ name }) => name));
  const kept = rows.filter(({ provider }) => !off.has(provider));
  const [first] = rows;
  if (first === undefined || kept.length > 0) return kept;
  throw new UserError(
    `The provider ${first.provider} is not enabled, so that its keys serve nothing: enable it in the configuration first`,
  );
}

/** Why a key cannot be removed. */
function whyNot({ id, provider, source }: KeyRow, config: Config): string | undefined {
  if (source !== "key store") return `it comes from ${source}: remove it there, or disable it`;
  const field = referredAs(id, provider, config);
  return field && `the configuration names it as ${field}: change that first`;
}

function places(rows: readonly KeyRow[]) {
  return rows.map(({ provider, id }) => ({ provider, keyId: id }));
}

function nameOf({ id, name, provider, source }: KeyRow) {
  return { id, name, provider, source };
}
