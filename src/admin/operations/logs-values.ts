// `logs.values`: what a filter of request records could be set to.
import { z } from "zod";
import { inSlices } from "../../core/slices.ts";
import { eachKnownKey } from "../known-keys.ts";
import { call } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";

const MOST_VALUES = 100;
/** Names are looked for among what was asked within this time. */
const RECENT_MS = 72 * 3_600_000;

interface Suggestion {
  readonly value: string;
  readonly name?: string;
}

export const logsValues = call({
  name: "logs.values",
  kind: "read",
  who: "admin",
  summary:
    "Suggests values for a filter of request records: those that there are now, then those of the last three days, most used first.",
  input: z.strictObject({
    field: z.enum(["provider", "key", "model", "token"]).describe("The filter."),
    text: z.string().max(256).default("").describe("Only those that have this in their name or id."),
    limit: z.int().min(1).max(MOST_VALUES).default(20).describe("How many at most."),
  }),
  output: z.object({
    values: z
      .array(
        z.object({
          value: z.string().describe("What the filter takes."),
          name: z.string().optional().describe("What people call it, where that differs: of a key its name."),
        }),
      )
      .describe("None twice."),
  }),
  async run({ field, text, limit }, ports, signal) {
    const present = await firstWith(text, presentValues(field, ports), limit);
    // Of keys there may be any number in the counts; those that are gone are found by whoever knows their names.
    const question = { dimension: field, from: ports.now() - RECENT_MS, text, limit };
    const recent = field === "key" || present.length >= limit ? [] : await ports.records.values(question, signal);
    const known = new Set(present.map(({ value }) => value));
    const past = recent.filter((value) => !known.has(value)).map((value) => ({ value }));
    return { values: [...present, ...past].slice(0, limit) };
  },
});

/** The first that have a text; there may be a hundred thousand. */
async function firstWith(text: string, all: Iterable<Suggestion>, limit: number): Promise<readonly Suggestion[]> {
  const wanted = text.toLowerCase();
  const found: Suggestion[] = [];
  for await (const slice of inSlices(all)) {
    for (const suggestion of slice) {
      const { value, name = "" } = suggestion;
      if (![value, name].some((word) => word.toLowerCase().includes(wanted))) continue;
      if (found.push(suggestion) === limit) return found;
    }
  }
  return found;
}

/** What a record of now could have; of models only records know. */
function presentValues(field: "provider" | "key" | "model" | "token", ports: ControlPorts): Iterable<Suggestion> {
  switch (field) {
    case "provider":
      return ports.config().providers.map(({ name }) => ({ value: name }));
    case "token":
      return ports.tokens.known().map(({ name }) => ({ value: name }));
    case "key":
      return eachKnownKey(ports).map(({ key: { id, name } }) => ({ value: id, name }));
    case "model":
      return [];
    default:
      return field satisfies never;
  }
}
