// Reads the channels of one-api and new-api: what their API answers, and their databases.
import type { ImportedKey } from "../admin/parse-key-list.ts";
import { splitList } from "../config/coerce-text.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { channelFields } from "./channel-fields.ts";
import { type ChannelNumbers, channelKind } from "./channel-kinds.ts";
import { addRoutes, type Offer } from "./channel-routes.ts";
import type { ImportPlan } from "./import-plan.ts";
import { ImportFault, type ImportSource, type Row, type Tables } from "./import-source.ts";
import { PlanDraft } from "./plan-draft.ts";
import { isMap, jsonOf, listAt, mapAt, numberOf, textOf } from "./read-value.ts";

/** The tables of their databases. */
export const CHANNEL_TABLES = ["channels", "tokens", "options"] as const;

/** What only new-api says of a channel. */
const OF_NEW_API = ["channel_info", "auto_ban", "status_code_mapping", "tag", "header_override", "other_info"];
const SWITCHED_OFF = 2;
const FAILED = 3;
const ENABLED = 1;
const DAY_S = 86_400;

/** @throws ImportFault. */
export function readChannels(source: ImportSource, numbers: ChannelNumbers): ImportPlan {
  const draft = new PlanDraft(numbers);
  const channels = source.form === "tables" ? (source.tables.rows.get("channels") ?? []) : channelsIn(source.json);
  for (const row of channels)
    if (isMap(row)) for (const key of (textOf(row, "key") ?? "").split("\n")) draft.secret(key);
  const offers: Offer[] = [];
  let amount = 0;
  for (const [index, row] of channels.entries()) {
    const channel = mapAt(row, `channels[${index}]`);
    const name = textOf(channel, "name") ?? textOf(channel, "id") ?? "";
    const where = `channel ${draft.isSecret(name) ? `number ${index + 1}` : nameForMessage(name)}`;
    if (textOf(channel, "key") !== undefined) amount++;
    offers.push(...addChannel(channel, { draft, where, numbers }));
  }
  if (channels.length > 0 && amount === 0)
    throw new ImportFault("its channels have no keys, which their API leaves out: import the database (one-api.db)");
  addRoutes(offers, draft);
  if (source.form === "tables") addFromTables(source.tables, draft);
  return draft.finish();
}

/** Whose channels these are; undefined for what is none. */
export function channelNumbersOf(json: unknown): ChannelNumbers | undefined {
  const [first] = foundIn(json) ?? [];
  if (!isMap(first) || !("type" in first) || !("models" in first)) return undefined;
  return numbersOf(Object.keys(first));
}

/** By the names of the fields that a channel has. */
export function numbersOf(fields: readonly string[]): ChannelNumbers {
  return OF_NEW_API.some((field) => fields.includes(field)) ? "new-api" : "one-api";
}

interface Around {
  readonly draft: PlanDraft;
  readonly where: string;
  readonly numbers: ChannelNumbers;
}

/** A list, one channel, or what their API answers with either. */
function foundIn(json: unknown): readonly unknown[] | undefined {
  const data = isMap(json) && "data" in json ? json.data : json;
  const items = isMap(data) ? (data.items ?? data.channels ?? [data]) : data;
  return Array.isArray(items) ? items : undefined;
}

function channelsIn(json: unknown): readonly unknown[] {
  return foundIn(json) ?? listAt(json, "channels");
}

function addChannel(channel: Row, { draft, where, numbers }: Around): readonly Offer[] {
  const skip = (why: string): [] => {
    draft.leaveOut(where, why);
    return [];
  };
  const status = numberOf(channel, "status") ?? ENABLED;
  if (status === SWITCHED_OFF) return skip("it is switched off there");
  const type = channelKind(numberOf(channel, "type") ?? -1, numbers);
  if (type === undefined) return skip("its kind speaks no OpenAI API, and nothing is translated here");
  const fields = channelFields(channel, type, { draft, where });
  if (fields === undefined) return skip("its base_url is no http address");
  if (status === FAILED)
    draft.leaveOut(`that ${where} failed`, "it is taken as well: whether it works is found out here");
  // Channels of one address are keys of one provider.
  const provider = draft.provider(undefined, fields);
  const mapping = mappingOf(channel, where);
  const models = splitList(textOf(channel, "models") ?? "");
  const priority = numberOf(channel, "priority") ?? 0;
  for (const [index, key] of keysOf(channel, where).entries()) {
    const state = stateOfKey(channel, index, where);
    if (state === SWITCHED_OFF) draft.leaveOut(`key ${index + 1} of ${where}`, "it is switched off there");
    else
      draft.key(
        {
          key,
          provider,
          ...settingsOf(
            channel,
            models.map((model) => mapping.get(model) ?? model),
          ),
        },
        where,
      );
  }
  const group = textOf(channel, "group");
  if (group !== undefined && group !== "default")
    draft.leaveOut(`the groups of ${where}`, "who may use what is said of client tokens here");
  return models.map((model) => ({ model, provider, target: mapping.get(model) ?? model, priority }));
}

function mappingOf(channel: Row, where: string): ReadonlyMap<string, string> {
  const mapping = jsonOf(channel, "model_mapping", where);
  const entries = isMap(mapping) ? Object.entries(mapping) : [];
  return new Map(entries.flatMap(([from, to]) => (typeof to === "string" && to !== "" ? [[from, to] as const] : [])));
}

/** A channel may hold several, one a line or as JSON. */
function keysOf(channel: Row, where: string): readonly string[] {
  const text = textOf(channel, "key") ?? "";
  if (!text.startsWith("["))
    return text
      .split(/\r?\n/)
      .map((key) => key.trim())
      .filter((key) => key !== "");
  return listAt(jsonOf(channel, "key", where), `${where}.key`).map((key) => (typeof key === "string" ? key : ""));
}

function stateOfKey(channel: Row, index: number, where: string): number | undefined {
  const info = jsonOf(channel, "channel_info", where);
  const states = isMap(info) && isMap(info.multi_key_status_list) ? info.multi_key_status_list : {};
  return numberOf(states, String(index));
}

/** There the largest priority goes first, here the smallest. */
function settingsOf(channel: Row, models: readonly string[]): Omit<ImportedKey, "key" | "provider"> {
  const name = textOf(channel, "name");
  const weight = numberOf(channel, "weight") ?? 0;
  const priority = Math.trunc(numberOf(channel, "priority") ?? 0);
  return {
    ...(name !== undefined && { name }),
    ...(weight > 0 && { weight: Math.min(weight, 1_000) }),
    ...(priority !== 0 && { priority: Math.max(-1_000, Math.min(1_000, -priority)) }),
    ...(models.length > 0 && { models: [...new Set(models)] }),
  };
}

function addFromTables({ rows }: Tables, draft: PlanDraft): void {
  for (const row of rows.get("tokens") ?? []) addToken(row, draft);
  const options = new Map((rows.get("options") ?? []).map((row) => [textOf(row, "key") ?? "", row]));
  const retries = numberOf(options.get("RetryTimes") ?? {}, "value");
  if (retries !== undefined) draft.setting(["max_retries"], retries);
}

/** Programs know it with `sk-` before it. */
function addToken(row: Row, draft: PlanDraft): void {
  const key = textOf(row, "key");
  const name = textOf(row, "name") ?? textOf(row, "id") ?? "";
  const where = `the client token ${nameForMessage(name)}`;
  if (key === undefined) return;
  if (numberOf(row, "status") !== ENABLED) {
    draft.leaveOut(where, "it is not enabled there");
    return;
  }
  const expires = numberOf(row, "expired_time") ?? -1;
  const isLimited = numberOf(row, "model_limits_enabled") === 1 || row.model_limits_enabled === true;
  const models = splitList(textOf(row, isLimited ? "model_limits" : "models") ?? "");
  if (numberOf(row, "unlimited_quota") !== 1 && row.unlimited_quota !== true)
    draft.leaveOut(`the quota of ${where}`, "here it is a budget in money, with prices under usage.prices");
  if (textOf(row, "subnet") !== undefined || textOf(row, "allow_ips") !== undefined)
    draft.leaveOut(`the addresses of ${where}`, "write them as cidrs of the client token");
  draft.token(
    {
      token: key.startsWith("sk-") ? key : `sk-${key}`,
      ...(name !== "" && { name }),
      ...(models.length > 0 && { models }),
      ...(expires > DAY_S && { expires: new Date(expires * 1_000).toISOString() }),
    },
    where,
  );
}
