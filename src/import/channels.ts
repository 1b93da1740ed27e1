// Reads the channels of one-api and new-api: what their API answers, and their databases.
import type { ImportedKey } from "../admin/parse-key-list.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { channelFields } from "./channel-fields.ts";
import { type ChannelKind, type ChannelNumbers, channelKind } from "./channel-kinds.ts";
import { upstreamNames } from "./channel-models.ts";
import { addRoutes, type Offer } from "./channel-routes.ts";
import { addFromTables, tokenOf } from "./channel-tokens.ts";
import type { ImportPlan } from "./import-plan.ts";
import { ImportFault, type ImportSource, type Row } from "./import-source.ts";
import { PlanDraft } from "./plan-draft.ts";
import { isMap, jsonOf, listAt, mapAt, numberOf, textOf } from "./read-value.ts";

/** The tables of their databases. */
export const CHANNEL_TABLES = ["channels", "tokens", "options", "users"] as const;

/** What only new-api says of a channel. */
const OF_NEW_API = ["channel_info", "auto_ban", "status_code_mapping", "tag", "header_override", "other_info"];
/** What only one-hub says of one: there 25 is Gemini, and elsewhere whoever is called by 25 would get its keys. */
const OF_ONE_HUB = ["only_chat", "pre_cost"];
const SWITCHED_OFF = 2;
const FAILED = 3;
const ENABLED = 1;

/** @throws ImportFault. */
export function readChannels(source: ImportSource, numbers: ChannelNumbers): ImportPlan {
  const draft = new PlanDraft(numbers);
  const channels = source.form === "tables" ? (source.tables.rows.get("channels") ?? []) : channelsIn(source.json);
  for (const row of channels)
    if (isMap(row)) for (const key of (textOf(row, "key") ?? "").split("\n")) draft.secret(key);
  if (source.form === "tables") for (const row of source.tables.rows.get("tokens") ?? []) draft.secret(tokenOf(row));
  if (channels.some((row) => isMap(row) && OF_ONE_HUB.some((field) => field in row)))
    throw new ImportFault("its channels are those of one-hub, whose numbers of kinds are not known here");
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

function addChannel(channel: Row, around: Around): readonly Offer[] {
  const { draft, where, numbers } = around;
  const skip = (why: string): [] => {
    draft.leaveOut(where, why);
    return [];
  };
  const status = numberOf(channel, "status") ?? ENABLED;
  if (status === SWITCHED_OFF) return skip("it is switched off there");
  const type = channelKind(numberOf(channel, "type") ?? -1, numbers);
  if (type === undefined) return skip("its kind speaks no OpenAI API, and nothing is translated here");
  const keys = keysOf(channel, where);
  if (keys.every((key) => key.trim() === "")) return skip("it has no key");
  const fields = channelFields(channel, type, { draft, where });
  if (fields === undefined) return skip("its base_url is no http address");
  if (status === FAILED)
    draft.leaveOut(`that ${where} failed`, "it is taken as well: whether it works is found out here");
  // Channels of one address are keys of one provider.
  const provider = draft.provider(undefined, fields);
  const models = upstreamNames(channel, { numbers, dialect: type.dialect, where });
  const priority = numberOf(channel, "priority") ?? 0;
  const settings = settingsOf(channel, [...models.values()]);
  for (const [index, key] of keys.entries()) {
    const state = stateOfKey(channel, index, where);
    if (state === SWITCHED_OFF) draft.leaveOut(`key ${index + 1} of ${where}`, "it is switched off there");
    else if (key.trim() !== "") draft.key({ key: bearerOf(key, type, around), provider, ...settings }, where);
  }
  const group = textOf(channel, "group");
  if (group !== undefined && group !== "default")
    draft.leaveOut(`the groups of ${where}`, "who may use what is said of client tokens here");
  return [...models].map(([model, target]) => ({ model, provider, target, priority }));
}

function bearerOf(key: string, { hasAppIds }: ChannelKind, { draft, where }: Around): string {
  const bar = hasAppIds ? key.indexOf("|") : -1;
  if (bar < 0) return key;
  draft.leaveOut(
    `the app id of ${where}`,
    "no header goes with one key here: one of its provider goes with all of them",
  );
  return key.slice(0, bar);
}

/** A channel may hold several, one a line or as JSON; their states are said by their places. */
function keysOf(channel: Row, where: string): readonly string[] {
  const text = textOf(channel, "key") ?? "";
  if (!text.startsWith("[")) return text.split("\n");
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
