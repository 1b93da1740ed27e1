// Looks up what the program's own tree does not know: the names of providers, keys, models, profiles and fields.
import type { Control } from "../../admin/control-client.ts";
import type { KeyRow } from "../../admin/key-rows.ts";
import { localTime } from "../../core/local-time.ts";
import { printable } from "../../core/printable.ts";
import type { CliContext } from "../cli-context.ts";
import { connectToDaemon } from "../connect.ts";
import type { Connection, TargetOptions } from "../connection.ts";
import { dataFolderOf } from "../data-options.ts";
import { whyText } from "../records/record-words.ts";
import { countOf, STATE_WORDS } from "../words.ts";
import type { Candidate, Completion, ValueKind } from "./completion-of.ts";

/** Kinds whose values shells know themselves. */
export type LookedUpKind = Exclude<ValueKind, "file" | "folder">;

export interface Lookup {
  readonly context: CliContext;
  readonly completion: Completion;
  /** Ends what takes too long. */
  readonly signal: AbortSignal;
}

const LAST_FAILURES = 20;

/** All values of a kind, in the order in which they stand. @throws whatever asking throws. */
export function findValues(kind: LookedUpKind, lookup: Lookup): Promise<readonly Candidate[]> {
  return FINDERS[kind](lookup);
}

const FINDERS: Readonly<Record<LookedUpKind, (lookup: Lookup) => Promise<readonly Candidate[]>>> = {
  provider: providers,
  key: keys,
  token: tokens,
  model: models,
  operation: operations,
  request: requests,
  profile: profiles,
  proxy: proxies,
  webhook: webhooks,
  job: jobs,
  field: fields,
};

async function connected<T>(lookup: Lookup, ask: (control: Control) => Promise<T>): Promise<T> {
  await using connection = await connectionOf(lookup);
  return await ask(connection.control);
}

/** Without a daemon the data folder answers, which nothing here writes to. */
async function connectionOf({ context, completion, signal }: Lookup): Promise<Connection> {
  const options = targetOf(completion);
  const running = await connectToDaemon(context, options, signal);
  if (running !== undefined) return running;
  const { connectOffline } = await import("../connect-offline.ts");
  return connectOffline(context, options, { path: dataFolderOf(context, options).path, purpose: "read" });
}

/** The options of the line that say which daemon is meant; names in code are those of the options. */
function targetOf({ options }: Completion): TargetOptions {
  return { color: false, ...options } as TargetOptions;
}

/** `keys add` also takes those that need nothing but a key. */
function providers(lookup: Lookup): Promise<readonly Candidate[]> {
  const { signal, completion } = lookup;
  return connected(lookup, async (control) => {
    const found = await control.call("providers", {}, signal);
    const configured = found.providers.map(({ name, keys: amount, enabled, is_default }) => ({
      value: name,
      description: [enabled ? countOf(amount, "key") : "off", ...(is_default ? ["default"] : [])].join(", "),
    }));
    const isAdding = completion.path[0] === "keys" && /^(?:add|import)$/.test(completion.path[1] ?? "");
    if (!isAdding) return configured;
    const { PRESETS } = await import("../../config/presets.ts");
    const names = new Set(configured.map(({ value }) => value));
    const known = PRESETS.filter(({ name, baseUrl, variable }) => baseUrl && variable && !names.has(name));
    return [...configured, ...known.map(({ name }) => ({ value: name, description: "no key yet" }))];
  });
}

/** Names, and ids where a name does not say which key is meant, or an id is being typed. */
function keys(lookup: Lookup): Promise<readonly Candidate[]> {
  const { typed, options, args } = lookup.completion;
  const { provider } = options;
  return connected(lookup, async (control) => {
    const found = await control.call("keys.list", provider === undefined ? {} : { provider }, lookup.signal);
    const owners = Map.groupBy(found.keys, ({ name }) => name);
    const isClear = ({ name }: KeyRow) => owners.get(name)?.length === 1 && printable(name) === name;
    const names = found.keys.filter(isClear).map((key) => ({ value: key.name, description: keyText(key, "") }));
    const ids = found.keys.filter((key) => typed !== "" || !isClear(key));
    const given = new Set(args);
    return [...names, ...ids.map((key) => ({ value: key.id, description: keyText(key, key.name) }))].filter(
      ({ value }) => !given.has(value),
    );
  });
}

/** Those of the store alone can be changed by command. */
function tokens(lookup: Lookup): Promise<readonly Candidate[]> {
  const { path, args } = lookup.completion;
  const given = new Set(args);
  const isChange = path[0] === "tokens";
  return connected(lookup, async (control) => {
    const found = await control.call("tokens.list", {}, lookup.signal);
    return found.tokens
      .filter(
        ({ source, name }) => (source === "token store" || !isChange) && printable(name) === name && !given.has(name),
      )
      .map(({ name, state }) => ({ value: name, description: state }));
  });
}

function keyText({ provider, state }: KeyRow, name: string): string {
  return [...(name === "" ? [] : [name]), provider, state].join(", ");
}

/** What can be cleared of keys, or of a provider. */
const CLEARED: Readonly<Record<string, (lookup: Lookup) => Promise<readonly Candidate[]>>> = {
  "keys reset": (lookup) => restingParts(lookup, ({ model }) => model),
  "providers reset": openModels,
};

/** Without a daemon those that the configuration names: asking providers takes time, and uses their keys. */
async function models(lookup: Lookup): Promise<readonly Candidate[]> {
  const { context, completion, signal } = lookup;
  const cleared = CLEARED[completion.path.join(" ")];
  if (cleared !== undefined) return cleared(lookup);
  const options = targetOf(completion);
  const running = await connectToDaemon(context, options, signal);
  if (running === undefined) {
    const [{ configuredModels }, { storedKeys }, { readConfig }] = await Promise.all([
      import("./configured-models.ts"),
      import("../stored-keys.ts"),
      import("../read-config.ts"),
    ]);
    const loaded = readConfig(context, options, { stored: storedKeys(context, options) });
    return loaded.ok ? configuredModels(loaded.config) : [];
  }
  await using connection = running;
  const { provider } = completion.options;
  const found = await connection.control.call("models", provider === undefined ? {} : { provider }, signal);
  return found.models.map(({ id, route }) => ({ value: id, description: route.flat().join(", ") }));
}

/** Where keys are reset those that rest; else all that there are. */
async function operations(lookup: Lookup): Promise<readonly Candidate[]> {
  if (lookup.completion.path[0] === "keys") return restingParts(lookup, ({ operation }) => operation);
  const { operationNames } = await import("../../daemon/operation-names.ts");
  return operationNames().map((value) => ({ value, description: "" }));
}

/** The last ones that failed: what is asked about. */
function requests(lookup: Lookup): Promise<readonly Candidate[]> {
  return connected(lookup, async (control) => {
    const { records } = await control.call("logs.list", { errors: true, limit: LAST_FAILURES }, lookup.signal);
    return records.map((row) => ({
      value: row.id,
      description: [localTime(Date.parse(row.ended_at)), row.status, row.model ?? row.operation, whyText(row)]
        .filter((part) => part !== undefined)
        .join(" "),
    }));
  });
}

/** What rests of the keys that the line means, by one of its names. */
async function restingParts(
  lookup: Lookup,
  nameOf: (part: KeyRow["parts"][number]) => string | undefined,
): Promise<readonly Candidate[]> {
  const { options } = lookup.completion;
  const { provider } = options;
  const found = await connected(lookup, (control) =>
    control.call("keys.list", provider === undefined ? {} : { provider }, lookup.signal),
  );
  const resting = found.keys.flatMap(({ parts }) => new Set(parts.map(nameOf)).values().toArray());
  return [...Map.groupBy(resting, (name) => name)].flatMap(([value, all]) =>
    value === undefined ? [] : [{ value, description: `rests at ${countOf(all.length, "key")}` }],
  );
}

async function openModels(lookup: Lookup): Promise<readonly Candidate[]> {
  const [provider] = lookup.completion.args;
  if (provider === undefined) return [];
  const found = await connected(lookup, (control) => control.call("health", { provider }, lookup.signal));
  const open = found.providers.flatMap(({ open_models }) => open_models).filter(({ model }) => model !== "");
  return open.map(({ model, state }) => ({ value: model, description: STATE_WORDS[state] }));
}

async function profiles({ context, completion }: Lookup): Promise<readonly Candidate[]> {
  const [{ readProfiles }, { LOCAL }] = await Promise.all([import("../profile-store.ts"), import("../remote-line.ts")]);
  const saved = Object.entries(readProfiles(context).profiles);
  const here = completion.path.at(-1) === "remove" ? [] : [{ value: LOCAL, description: "this machine" }];
  return [...saved.map(([value, { url }]) => ({ value, description: url })), ...here];
}

function proxies(lookup: Lookup): Promise<readonly Candidate[]> {
  const given = new Set(lookup.completion.args);
  return connected(lookup, async (control) => {
    const found = await control.call("proxies.list", {}, lookup.signal);
    const all = found.proxies.map(({ id, url, state }) => ({
      value: id,
      description: `${url}, ${STATE_WORDS[state]}`,
    }));
    return all.filter(({ value }) => !given.has(value));
  });
}

function webhooks(lookup: Lookup): Promise<readonly Candidate[]> {
  const given = new Set(lookup.completion.args);
  return connected(lookup, async (control) => {
    const found = await control.call("webhooks.list", {}, lookup.signal);
    const all = found.webhooks.map(({ name, url }) => ({ value: name, description: url }));
    return all.filter(({ value }) => !given.has(value));
  });
}

function jobs(lookup: Lookup): Promise<readonly Candidate[]> {
  return connected(lookup, async (control) => {
    const found = await control.call("jobs.list", {}, lookup.signal);
    return found.jobs.map(({ name, about }) => ({ value: name, description: about }));
  });
}

async function fields(lookup: Lookup): Promise<readonly Candidate[]> {
  const [{ settableFields }, names] = await Promise.all([
    import("./settable-fields.ts"),
    connected(lookup, (control) => control.call("providers", {}, lookup.signal)),
  ]);
  return settableFields(names.providers.map(({ name }) => name));
}
