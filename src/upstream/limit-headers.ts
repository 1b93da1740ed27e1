// Reads what the headers of an answer say about limits, and whose limits they are.
import type { LimitReading, QuotaFacts } from "../core/quota-facts.ts";
import type { LimitFacts } from "./dialect.ts";
import { type HeaderName, limitHeaderName } from "./limit-header-names.ts";
import { countOf, resetOf } from "./limit-numbers.ts";
import { readPolicy } from "./limit-policy.ts";
import type { HeaderList } from "./transport.ts";

/** `isSuccess`: the answer's status is a 2xx. `now`: milliseconds since the epoch. */
export interface QuotaContext {
  readonly limits: LimitFacts;
  readonly isSuccess: boolean;
  readonly now: number;
}

/** One limit while its headers are gathered. */
interface Bucket extends Omit<HeaderName, "field" | "isDaily"> {
  isDaily: boolean;
  limit?: number;
  remaining?: number;
  resetMs?: number;
}

interface Found {
  readonly buckets: Bucket[];
  organization?: string;
  project?: string;
}

const OWNERS: ReadonlyMap<string, "organization" | "project"> = new Map([
  // platform.openai.com/docs/api-reference/debugging-requests
  ["openai-organization", "organization"],
  // answers of api.openai.com, not documented
  ["openai-project", "project"],
  // platform.claude.com/docs/en/api/overview
  ["anthropic-organization-id", "organization"],
]);
const FIELDS = ["limit", "remaining", "resetMs"] as const;
const DAY_MS = 86_400_000;
const MAX_BUCKETS = 16;
const MAX_ID_CHARS = 200;
const [A, O, R, X] = ["a", "o", "r", "x"].map((letter) => letter.charCodeAt(0));

/**
 * What the headers say of limits, one reading for each unit and window, and of the account that they belong to;
 * undefined if nothing. Malformed, negative and absurd values count as absent. Where several limits of one unit are
 * stated, as for input and output tokens, the reading is the one with the least share left.
 */
export function readQuota(headers: HeaderList, context: QuotaContext): QuotaFacts | undefined {
  let found: Found | undefined;
  // This runs for every answer: most names are told apart by their first letter.
  for (const [name, value] of headers) {
    const first = name.charCodeAt(0);
    if (first === X || first === A || first === R) found = noteLimit(found, name, value, context.now);
    if (first === O || first === A) found = noteOwner(found, name, value);
  }
  if (found === undefined) return undefined;
  const readings = readingsOf(found.buckets, context);
  const { organization, project } = found;
  if (readings.length === 0 && organization === undefined && project === undefined) return undefined;
  return { readings, ...(organization !== undefined && { organization }), ...(project !== undefined && { project }) };
}

function noteOwner(found: Found | undefined, name: string, value: string): Found | undefined {
  const owner = OWNERS.get(name);
  const id = owner === undefined ? "" : value.trim();
  if (owner === undefined || id === "" || id.length > MAX_ID_CHARS) return found;
  const noted = found ?? { buckets: [] };
  noted[owner] ??= id;
  return noted;
}

function noteLimit(found: Found | undefined, name: string, value: string, now: number): Found | undefined {
  if (name === "ratelimit" || name === "ratelimit-policy") return notePolicy(found, value);
  const means = limitHeaderName(name);
  if (means === undefined) return found;
  const number = means.field === "reset" ? resetOf(value, now) : countOf(value);
  if (number === undefined) return found;
  const noted = found ?? { buckets: [] };
  const bucket = bucketOf(noted, means);
  if (means.field === "reset") bucket.resetMs ??= number;
  else bucket[means.field] ??= number;
  return noted;
}

function notePolicy(found: Found | undefined, value: string): Found | undefined {
  const policy = readPolicy(value);
  if (policy === undefined) return found;
  const noted = found ?? { buckets: [] };
  const name = `ratelimit ${policy.name}`;
  const bucket = bucketOf(noted, { bucket: name, unit: "requests", isDaily: false, hasWindow: false });
  for (const field of FIELDS) if (policy[field] !== undefined) bucket[field] ??= policy[field];
  if (policy.windowMs === DAY_MS) bucket.isDaily = true;
  return noted;
}

function bucketOf({ buckets }: Found, { bucket, unit, isDaily, hasWindow }: Omit<HeaderName, "field">): Bucket {
  const known = buckets.find((candidate) => candidate.bucket === bucket);
  if (known !== undefined) return known;
  const made: Bucket = { bucket, unit, isDaily, hasWindow };
  if (buckets.length < MAX_BUCKETS) buckets.push(made);
  return made;
}

function readingsOf(buckets: readonly Bucket[], context: QuotaContext): readonly LimitReading[] {
  const readings: LimitReading[] = [];
  for (const bucket of buckets) {
    const reading = readingOf(bucket, context);
    if (reading === undefined) continue;
    const at = readings.findIndex(({ unit, daily }) => unit === reading.unit && daily === reading.daily);
    const other = readings[at];
    if (other === undefined) readings.push(reading);
    else if (isTighter(reading, other)) readings[at] = reading;
  }
  return readings;
}

function readingOf(bucket: Bucket, { limits, isSuccess }: QuotaContext): LimitReading | undefined {
  const { unit, hasWindow, resetMs } = bucket;
  const fact = limits.facts.find((candidate) => candidate.unit === unit);
  // A limit of nothing would close the key for good.
  const limit = bucket.limit === 0 ? undefined : bucket.limit;
  const isEmptyUnknown = isSuccess && (limits.hasEmptyUnknown === true || limit === undefined || resetMs === undefined);
  const remaining = plausibleRemaining(bucket.remaining, limit, isEmptyUnknown);
  if (limit === undefined && remaining === undefined) return undefined;
  const isDaily = bucket.isDaily || (!hasWindow && fact?.daily === true);
  return {
    unit,
    ...(limit !== undefined && { limit }),
    ...(remaining !== undefined && { remaining }),
    ...(resetMs !== undefined && { resetMs }),
    ...(fact?.form !== undefined && { form: fact.form }),
    ...(isDaily && { daily: true }),
  };
}

function plausibleRemaining(
  remaining: number | undefined,
  limit: number | undefined,
  isEmptyUnknown: boolean,
): number | undefined {
  if (remaining === 0 && isEmptyUnknown) return undefined;
  return remaining !== undefined && limit !== undefined && remaining > limit ? undefined : remaining;
}

function isTighter(one: LimitReading, other: LimitReading): boolean {
  const [left, otherLeft] = [shareLeft(one), shareLeft(other)];
  return left === otherLeft ? (one.resetMs ?? 0) > (other.resetMs ?? 0) : left < otherLeft;
}

/** From 0 to 1; what remains of an unknown limit counts as all of it. */
function shareLeft({ limit, remaining }: LimitReading): number {
  if (remaining === undefined) return Number.POSITIVE_INFINITY;
  return limit === undefined ? Math.min(1, remaining) : remaining / limit;
}
