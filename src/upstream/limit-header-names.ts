// Reads the names of headers about limits: which limit a header speaks of, and which of its numbers it holds.
import type { LimitReading } from "../core/quota-facts.ts";

/** `bucket`: the same for all headers of one limit. `hasWindow`: the name says for how long the limit is. */
export interface HeaderName {
  readonly field: "limit" | "remaining" | "reset";
  readonly bucket: string;
  readonly unit: LimitReading["unit"];
  readonly isDaily: boolean;
  readonly hasWindow: boolean;
}

/** What names of each family speak of where they do not say it themselves. */
const FAMILIES: readonly (readonly [prefix: string, unit: LimitReading["unit"]])[] = [
  ["x-ratelimit-", "requests"],
  ["anthropic-ratelimit-", "requests"],
  // datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers, up to version 06.
  ["ratelimit-", "requests"],
  // Answers of api.mistral.ai, not documented.
  ["ratelimitbysize-", "tokens"],
  ["x-ratelimitbysize-", "tokens"],
  // docs.together.ai/docs/rate-limits
  ["x-tokenlimit-", "tokens"],
];

const UNITS: ReadonlyMap<string, LimitReading["unit"]> = new Map([
  ["requests", "requests"],
  ["request", "requests"],
  // Answers of api.mistral.ai, not documented.
  ["req", "requests"],
  ["tokens", "tokens"],
  ["token", "tokens"],
]);
const WINDOWS: ReadonlySet<string> = new Set(["second", "minute", "hour", "day"]);
// Parts that have a limit of their own at Anthropic (input, output), OpenAI (project), Fireworks (prompt, generated) and
// Cerebras (total, uncached).
const PARTS: ReadonlySet<string> = new Set(["input", "output", "project", "prompt", "generated", "total", "uncached"]);

// The names repeat with every answer; a provider that invents them must not grow memory.
const MAX_KNOWN = 256;
const MAX_NAME_CHARS = 80;
const known = new Map<string, HeaderName | undefined>();

/** What a header of that lower-case name states; undefined for names that are not, or not surely, about a limit. */
export function limitHeaderName(name: string): HeaderName | undefined {
  if (!name.includes("limit")) return undefined;
  const seen = known.get(name);
  if (seen !== undefined || known.has(name)) return seen;
  const read = name.length > MAX_NAME_CHARS ? undefined : readName(name);
  if (known.size < MAX_KNOWN) known.set(name, read);
  return read;
}

function readName(name: string): HeaderName | undefined {
  const family = FAMILIES.find(([prefix]) => name.startsWith(prefix));
  if (family === undefined) return undefined;
  const [prefix, defaultUnit] = family;
  let field: HeaderName["field"] | undefined;
  let unit: LimitReading["unit"] | undefined;
  let window: string | undefined;
  const bucket: string[] = [];
  for (const word of name.slice(prefix.length).split("-")) {
    if (field === undefined && isField(word)) {
      field = word;
      continue;
    }
    if (WINDOWS.has(word)) window = word;
    else if (UNITS.has(word)) unit = UNITS.get(word);
    // A limit of another thing, or for so long that no cooldown speaks of it.
    else if (!PARTS.has(word)) return undefined;
    bucket.push(word);
  }
  if (field === undefined) return undefined;
  return {
    field,
    bucket: `${prefix}${bucket.join("-")}`,
    unit: unit ?? defaultUnit,
    isDaily: window === "day",
    hasWindow: window !== undefined,
  };
}

function isField(word: string): word is HeaderName["field"] {
  return word === "limit" || word === "remaining" || word === "reset";
}
