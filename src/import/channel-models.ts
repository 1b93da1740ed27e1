// What a channel's models are called upstream.
import { splitList } from "../config/coerce-text.ts";
import type { DialectName } from "../config/config.ts";
import type { ChannelNumbers } from "./channel-kinds.ts";
import type { Row } from "./import-source.ts";
import { isMap, jsonOf, numberOf, textOf } from "./read-value.ts";

interface Facts {
  readonly numbers: ChannelNumbers;
  readonly dialect: DialectName;
  readonly where: string;
}

/** From then on new-api leaves dots in the names of Azure's deployments. (new-api constant/azure) */
const DOTS_STAY_S = Date.UTC(2025, 4, 10) / 1_000;

/** The names that clients use, with those that go upstream. @throws ImportFault. */
export function upstreamNames(channel: Row, facts: Facts): ReadonlyMap<string, string> {
  const mapping = mappingOf(channel, facts.where);
  const models = splitList(textOf(channel, "models") ?? "");
  const last = facts.numbers === "new-api" ? lastOf : firstOf;
  const named = (name: string) => (hasNoDots(channel, facts) ? name.replaceAll(".", "") : name);
  return new Map(models.map((model) => [model, named(last(model, mapping))]));
}

function mappingOf(channel: Row, where: string): ReadonlyMap<string, string> {
  const mapping = jsonOf(channel, "model_mapping", where);
  const entries = isMap(mapping) ? Object.entries(mapping) : [];
  return new Map(entries.flatMap(([from, to]) => (typeof to === "string" && to !== "" ? [[from, to] as const] : [])));
}

function firstOf(model: string, mapping: ReadonlyMap<string, string>): string {
  return mapping.get(model) ?? model;
}

/** new-api maps what a name was mapped to as well. */
function lastOf(model: string, mapping: ReadonlyMap<string, string>): string {
  const seen = new Set([model]);
  let name = model;
  for (let next = mapping.get(name); next !== undefined && !seen.has(next); next = mapping.get(name)) {
    seen.add(next);
    name = next;
  }
  return name;
}

/** A deployment for `gpt-3.5-turbo` is `gpt-35-turbo`, as Azure took no dots in names. */
function hasNoDots(channel: Row, { numbers, dialect }: Facts): boolean {
  if (dialect !== "azure") return false;
  return numbers === "one-api" || (numberOf(channel, "created_time") ?? 0) < DOTS_STAY_S;
}
