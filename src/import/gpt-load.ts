// Reads what gpt-load exports of a group or of everything, and its database.
import { splitList } from "../config/coerce-text.ts";
import type { DialectName } from "../config/config.ts";
import { count } from "../config/describe-value.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { groupSettings, systemSettings } from "./gpt-load-settings.ts";
import type { ImportPlan } from "./import-plan.ts";
import { ImportFault, type ImportSource, type Row, type Tables } from "./import-source.ts";
import { PlanDraft } from "./plan-draft.ts";
import { plainUrl, versionedUrl } from "./provider-url.ts";
import { isMap, jsonOf, listAt, mapAt, numberOf, textOf } from "./read-value.ts";

/** The tables of its database. */
export const GPT_LOAD_TABLES = ["groups", "api_keys", "system_settings"] as const;

/** Ends of addresses by the kind of channel; requests name theirs themselves there. */
const CHANNELS: Readonly<Record<string, { readonly version: string; readonly dialect: DialectName }>> = {
  openai: { version: "/v1", dialect: "openai" },
  "openai-response": { version: "/v1", dialect: "openai" },
  anthropic: { version: "/v1", dialect: "anthropic" },
  gemini: { version: "/v1beta/openai", dialect: "gemini" },
};
/** AES-GCM in hex: 12 bytes of nonce, 16 of tag, and a key of 20 characters or more. */
const SEALED = /^(?:[0-9a-f]{2}){48,}$/;

/** @throws ImportFault. */
export function readGptLoad(source: ImportSource): ImportPlan {
  const draft = new PlanDraft("gpt-load");
  const { groups, settings } = source.form === "tables" ? fromTables(source.tables) : fromJson(source.json);
  for (const { keys } of groups)
    for (const key of keys) draft.secret(isMap(key) ? textOf(key, "key_value") : String(key));
  for (const { group } of groups) for (const token of splitList(textOf(group, "proxy_keys") ?? "")) draft.secret(token);
  for (const { group, keys, where } of groups) {
    const name = addGroup(group, { draft, where });
    if (name !== undefined) addKeys(keys, { draft, where, provider: name });
  }
  for (const token of splitList(textOf(settings, "proxy_keys") ?? "")) draft.token({ token }, "proxy_keys");
  systemSettings(settings, draft);
  return draft.finish();
}

/** An export of a group or of everything, or what its API answers with one. */
export function isGptLoad(json: unknown): boolean {
  const data = unwrapped(json);
  const groups = isMap(data) ? (data.groups ?? [data]) : data;
  const first = Array.isArray(groups) ? groups[0] : undefined;
  const group = isMap(first) ? (first.group ?? first) : undefined;
  return isMap(group) && "channel_type" in group && "upstreams" in group;
}

interface Group {
  readonly group: Row;
  readonly keys: readonly unknown[];
  readonly where: string;
}

interface Exported {
  readonly groups: readonly Group[];
  readonly settings: Row;
}

interface Around {
  readonly draft: PlanDraft;
  readonly where: string;
}

/** Answers of its API stand in `data`. */
function unwrapped(json: unknown): unknown {
  return isMap(json) && "data" in json && !("group" in json) ? json.data : json;
}

function fromJson(json: unknown): Exported {
  const data = unwrapped(json);
  const all = isMap(data) && "groups" in data ? data : undefined;
  const entries = all === undefined ? (Array.isArray(data) ? data : [data]) : listAt(all.groups, "groups");
  const groups = entries.flatMap((entry, index) => {
    const where = all === undefined && entries.length === 1 ? "the group" : `groups[${index}]`;
    const map = mapAt(entry, where);
    const group = "group" in map ? mapAt(map.group, `${where}.group`) : map;
    const keys = map.keys ?? map.api_keys;
    const found = { group, keys: keys === undefined || keys === null ? [] : listAt(keys, `${where}.keys`), where };
    const children =
      map.child_groups === undefined || map.child_groups === null
        ? []
        : listAt(map.child_groups, `${where}.child_groups`);
    return [found, ...children.map((child, at) => childOf(group, mapAt(child, `${where}.child_groups[${at}]`)))];
  });
  return { groups, settings: isMap(all?.system_settings) ? all.system_settings : {} };
}

/** A child has the address of its parent, and keys of its own. */
function childOf(parent: Row, child: Row): Group {
  const keys = Array.isArray(child.keys) ? child.keys : [];
  return {
    group: { ...parent, ...child, sub_groups: undefined },
    keys,
    where: `child group ${nameForMessage(textOf(child, "name") ?? "")}`,
  };
}

function fromTables({ rows }: Tables): Exported {
  const keys = Map.groupBy(rows.get("api_keys") ?? [], ({ group_id }) => String(group_id));
  const groups = (rows.get("groups") ?? []).map((group) => ({
    group,
    keys: keys.get(String(group.id)) ?? [],
    where: `group ${nameForMessage(textOf(group, "name") ?? "")}`,
  }));
  const settings = rows.get("system_settings") ?? [];
  return {
    groups,
    settings: Object.fromEntries(
      settings.map((row) => [textOf(row, "setting_key") ?? "", textOf(row, "setting_value")]),
    ),
  };
}

/** Undefined for a group that is no provider here. */
function addGroup(group: Row, { draft, where }: Around): string | undefined {
  const type = textOf(group, "channel_type") ?? "openai";
  const name = textOf(group, "name") ?? "group";
  const skip = (why: string): undefined => draft.leaveOut(`${where} and its keys`, why) as undefined;
  if (textOf(group, "group_type") === "aggregate")
    return skip(
      "it spreads requests over other groups: write what it stands for under models, with fallbacks in order",
    );
  const channel = Object.hasOwn(CHANNELS, type) ? CHANNELS[type] : undefined;
  if (channel === undefined) return skip("its kind of channel is not known here");
  const [first, ...others] = upstreamsOf(group, where);
  if (first === undefined) return skip("it has no upstream with an http address");
  if (others.length > 0)
    draft.leaveOut(
      `${count(others.length, "further upstream")} of ${where}`,
      "a provider has one base_url: the one of the largest weight was taken",
    );
  const redirects = redirectsOf(group, where);
  const provider = draft.provider(name, {
    base_url: versionedUrl(first, channel.version),
    ...(channel.dialect !== "openai" && { dialect: channel.dialect }),
    ...(group.enabled === false || group.enabled === 0 ? { enabled: false } : {}),
    ...(textOf(group, "test_model") !== undefined && { test_model: textOf(group, "test_model") }),
    ...modelsOf(group, redirects),
    ...groupSettings(group, { draft, where }),
  });
  for (const token of splitList(textOf(group, "proxy_keys") ?? ""))
    draft.token({ token, name: provider, providers: [provider] }, `proxy_keys of ${where}`);
  for (const [model, target] of redirects) draft.route(model, [[`${provider}/${target}`]]);
  if (redirects.length > 0)
    draft.leaveOut(
      `model_redirect_rules of ${where} below its own path`,
      `clients ask for these names at /v1, as at /${provider}/v1 every name goes upstream as it is`,
    );
  return provider;
}

function redirectsOf(group: Row, where: string): readonly (readonly [string, string])[] {
  const rules = jsonOf(group, "model_redirect_rules", where);
  return Object.entries(isMap(rules) ? rules : {}).flatMap(([model, target]) =>
    typeof target === "string" ? [[model, target] as const] : [],
  );
}

/** Strict ones are all that is served. */
function modelsOf(group: Row, redirects: readonly (readonly [string, string])[]) {
  const isStrict = group.model_redirect_strict === true || group.model_redirect_strict === 1;
  if (!isStrict || redirects.length === 0) return {};
  return { models: { include: [...new Set(redirects.map(([, target]) => target))] } };
}

/** The addresses, that of the largest weight first. */
function upstreamsOf(group: Row, where: string): readonly string[] {
  const list = listAt(jsonOf(group, "upstreams", where) ?? [], `${where}.upstreams`);
  const found = list.map((each, index) => mapAt(each, `${where}.upstreams[${index}]`));
  return found
    .filter((each) => plainUrl(textOf(each, "url") ?? "") !== undefined)
    .toSorted((a, b) => (numberOf(b, "weight") ?? 1) - (numberOf(a, "weight") ?? 1))
    .map((each) => textOf(each, "url") ?? "");
}

function addKeys(keys: readonly unknown[], { draft, where, provider }: Around & { readonly provider: string }): void {
  const rows = keys.map((key, index) =>
    typeof key === "string" ? { key_value: key } : mapAt(key, `${where}.keys[${index}]`),
  );
  const isSealed = (row: Row) => SEALED.test(textOf(row, "key_value") ?? "");
  const sealed = rows.filter(isSealed).length;
  if (sealed > 0 && sealed === rows.length && draft.keyCount === 0)
    throw new ImportFault(`${where}: its keys are encrypted, export them in plain text`);
  if (sealed > 0) draft.leaveOut(`${count(sealed, "key")} of ${where}`, "encrypted: export it in plain text");
  const failed = rows.filter((row) => textOf(row, "status") === "invalid").length;
  if (failed > 0)
    draft.leaveOut(
      `the state of ${count(failed, "invalid key")} of ${where}`,
      "taken as well: whether it works is found out here",
    );
  for (const [index, row] of rows.entries()) {
    if (isSealed(row)) continue;
    const name = textOf(row, "notes");
    draft.key(
      { key: textOf(row, "key_value") ?? "", provider, ...(name !== undefined && { name }) },
      `${where}, number ${index + 1}`,
    );
  }
}
