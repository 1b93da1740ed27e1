// `state.json`: health as it is kept over a restart.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { StateEntry } from "../balancer/state.ts";
import { replaceFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { DamagedFile, previousOf, type Reading, readGenerations } from "../core/generations.ts";
import { UserError } from "../core/user-error.ts";
import { PROXY_FAULTS, TARGET_UNREACHABLE } from "../outbound/outbound-fault.ts";
import type { OutboundEntry } from "../outbound/outbound-state.ts";

/** One piece of the state, small enough to be written without a pause of its own. */
export type SavedEntry = StateEntry | OutboundEntry;

const VERSION = 1;
/** Entries that become text in one piece, which is some tenths of a millisecond of work. */
export const ENTRIES_PER_PIECE = 100;

/** Wall-clock milliseconds, as far as a date reaches (ECMA-262, 21.4.1.1). */
const time = z.number().min(0).max(8.64e15);
const count = z.int().nonnegative();

const rest = z.object({
  cause: z.enum([
    "invalid",
    "exhausted",
    "refused",
    "ruled",
    "failing",
    "silent",
    "limited",
    "daily",
    "missing",
    "scope",
  ]),
  since: time,
  until: time,
  step: count.optional(),
  reason: z.string(),
  status: z.int().optional(),
  message: z.string().optional(),
});
const rests = z.array(rest);
const breaker = z.object({
  until: time,
  step: count,
  since: time.optional(),
  ...rest.pick({ status: true, message: true }).shape,
  reason: z.string().optional(),
});

const days = z.partialRecord(z.enum(["rpd", "tpd"]), z.array(z.tuple([time, z.number()])));

const keyState = z.object({
  owner: z.object({ organization: z.string(), project: z.string().optional() }).optional(),
  days: days.optional(),
  modelDays: byName(days).optional(),
  disabled: time.optional(),
  disabledBy: rest.pick({ reason: true, status: true, message: true }).optional(),
  failures: count.optional(),
  rests: rests.optional(),
  models: byName(rests).optional(),
  operations: byName(rests).optional(),
  tally: z.object({ hour: count, used: z.array(count), failed: z.array(count) }).optional(),
});

const providerState = z.object({
  groups: byName(z.object({ rests: rests.optional(), models: byName(rests).optional() })).optional(),
  breaker: breaker.optional(),
  models: byName(breaker).optional(),
  suspicion: z
    .object({
      outcome: z.string(),
      isSuspect: z.boolean(),
      lastAt: time,
      nextProbeAt: time,
      row: z.array(z.tuple([z.string(), rest.shape.cause])),
    })
    .optional(),
});

const outboundRest = z.object({
  code: z.enum([...PROXY_FAULTS, TARGET_UNREACHABLE]),
  detail: z.string(),
  since: time,
  until: time,
  step: count,
});
const outboundState = z.object({ disabled: time.optional(), rest: outboundRest.optional() });

const entry = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("provider"), provider: z.string(), state: providerState }),
  z.object({ kind: z.literal("key"), provider: z.string(), keyId: z.string(), state: keyState }),
  z.object({ kind: z.literal("outbound"), proxy: z.string(), state: outboundState }),
]);

const CHANGED = "it was changed or cut off after it was written";

const versionSchema = z.object({ version: z.number() });
const stateSchema = z.strictObject({
  version: z.literal(VERSION),
  saved_at: time,
  entries: z.array(entry),
  sha256: z.string().optional(),
});
/** How the text ends: the digest is that of all before it. A state that somebody wrote by hand has none. */
const END = /\n\],"sha256":"([0-9a-f]{64})"\}\n?$/;

/**
 * The state of the newest generation that can be read; what is damaged is set aside, unless there is no stamp.
 * @throws UserError for a state of a newer version, which is left as it is.
 */
export function readState(path: string, stamp: string | undefined): Reading<readonly SavedEntry[]> {
  return readGenerations(path, { stamp, parse: parseState });
}

/** Brings the state to the disk and keeps the one before. @throws the error of the system. */
export async function writeState(path: string, entries: Iterable<SavedEntry>, now: number): Promise<void> {
  await replaceFile(path, statePieces(entries, now), { previous: previousOf(path) });
}

/** The text of the file; each piece is made when the one before is written. */
export function* statePieces(entries: Iterable<SavedEntry>, now: number): Iterable<string> {
  const digest = createHash("sha256");
  for (const piece of contentPieces(entries, now)) {
    digest.update(piece);
    yield piece;
  }
  yield `\n],"sha256":"${digest.digest("hex")}"}\n`;
}

function* contentPieces(entries: Iterable<SavedEntry>, now: number): Iterable<string> {
  yield `{"version":${VERSION},"saved_at":${now},"entries":[`;
  let lines: string[] = [];
  let separator = "\n";
  for (const entry of entries) {
    lines.push(JSON.stringify(entry));
    if (lines.length < ENTRIES_PER_PIECE) continue;
    yield separator + lines.join(",\n");
    separator = ",\n";
    lines = [];
  }
  if (lines.length > 0) yield separator + lines.join(",\n");
}

/** An entry of the health of outbound proxies. */
export function isOutbound(entry: SavedEntry): entry is OutboundEntry {
  return entry.kind === "outbound";
}

/** An entry of the balancer. */
export function isOfBalancer(entry: SavedEntry): entry is StateEntry {
  return entry.kind !== "outbound";
}

function parseState(text: string, file: string): readonly SavedEntry[] {
  const json = parseJson(text);
  const end = END.exec(text);
  if (end !== null && digestOf(text.slice(0, end.index)) !== end[1]) throw new DamagedFile(CHANGED);
  refuseNewer(json, file);
  const state = stateSchema.safeParse(json);
  if (!state.success) throw new DamagedFile(faultOf(state.error));
  if (state.data.sha256 !== undefined && end === null) throw new DamagedFile(CHANGED);
  return state.data.entries as readonly SavedEntry[];
}

/** A newer version may have written whatever it likes beside its number. @throws UserError. */
function refuseNewer(json: unknown, file: string): void {
  const parsed = versionSchema.safeParse(json);
  if (!parsed.success || parsed.data.version <= VERSION) return;
  const { version } = parsed.data;
  throw new UserError(
    `Cannot use ${file}: a newer version of openai-balance wrote it (format ${version}, this one knows ${VERSION}). Use that version, or another --data-dir; the file is left as it is`,
    EXIT.usage,
  );
}

function faultOf({ issues }: z.ZodError): string {
  const field = issues[0]?.path.join(".");
  return field ? `its field ${field} is not as it should be` : "it is no state of openai-balance";
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error: unknown) {
    throw new DamagedFile("it is no JSON, or cut off", { cause: error });
  }
}

/** A map by names that clients chose; `z.record` leaves out `__proto__`. */
function byName<Schema extends z.ZodType>(value: Schema) {
  const isMap = (given: unknown) => typeof given === "object" && given !== null && !Array.isArray(given);
  return z
    .preprocess((given) => (isMap(given) ? new Map(Object.entries(given as object)) : given), z.map(z.string(), value))
    .transform((map) => Object.fromEntries(map));
}
