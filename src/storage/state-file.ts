// `state.json`: health as it is kept over a restart.
import { z } from "zod";
import type { StateEntry } from "../balancer/state.ts";
import { replaceFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { DamagedFile, previousOf, type Reading, readGenerations } from "../core/generations.ts";
import { UserError } from "../core/user-error.ts";

const VERSION = 1;
/** Entries that become text in one piece, which is some tenths of a millisecond of work. */
export const ENTRIES_PER_PIECE = 100;

const time = z.number();
const count = z.int().nonnegative();

const rest = z.object({
  cause: z.enum(["invalid", "exhausted", "refused", "failing", "silent", "limited", "daily", "missing", "scope"]),
  since: time,
  until: time,
  step: count.optional(),
  reason: z.string(),
  status: z.int().optional(),
  message: z.string().optional(),
});
const rests = z.array(rest);
const breaker = z.object({ until: time, step: count });

const keyState = z.object({
  disabled: time.optional(),
  failures: count.optional(),
  rests: rests.optional(),
  models: z.record(z.string(), rests).optional(),
  operations: z.record(z.string(), rests).optional(),
  tally: z.object({ hour: count, used: z.array(count), failed: z.array(count) }).optional(),
});

const providerState = z.object({
  breaker: breaker.optional(),
  models: z.record(z.string(), breaker).optional(),
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

const entry = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("provider"), provider: z.string(), state: providerState }),
  z.object({ kind: z.literal("key"), provider: z.string(), keyId: z.string(), state: keyState }),
]);

const stateSchema = z.object({ version: z.int(), saved_at: time, entries: z.array(z.unknown()) });
const entriesSchema = z.array(entry);

/**
 * The state of the newest generation that can be read; what is damaged is set aside, unless there is no stamp.
 * @throws UserError for a state of a newer version, which is left as it is.
 */
export function readState(path: string, stamp: string | undefined): Reading<readonly StateEntry[]> {
  return readGenerations(path, { stamp, parse: (text) => parseState(text, path) });
}

/** Brings the state to the disk and keeps the one before. @throws the error of the system. */
export async function writeState(path: string, entries: Iterable<StateEntry>, now: number): Promise<void> {
  await replaceFile(path, statePieces(entries, now), { previous: previousOf(path) });
}

/** The text of the file; each piece is made when the one before is written. */
export function* statePieces(entries: Iterable<StateEntry>, now: number): Iterable<string> {
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
  yield lines.length === 0 ? "" : separator + lines.join(",\n");
  yield "\n]}\n";
}

function parseState(text: string, path: string): readonly StateEntry[] {
  const state = stateSchema.safeParse(parseJson(text));
  if (!state.success) throw new DamagedFile("it is no state of openai-balance");
  if (state.data.version > VERSION) {
    const message = `Cannot use ${path}: a newer version of openai-balance wrote it (format ${state.data.version}, this one knows ${VERSION}). Use that version, or another --data-dir; the file is left as it is`;
    throw new UserError(message, EXIT.usage);
  }
  const entries = entriesSchema.safeParse(state.data.entries);
  if (entries.success) return entries.data as readonly StateEntry[];
  throw new DamagedFile(`its field entries.${entries.error.issues[0]?.path.join(".") ?? ""} is not as it should be`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error: unknown) {
    throw new DamagedFile("it is no JSON, or cut off", { cause: error });
  }
}
