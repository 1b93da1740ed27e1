// The text of `state.json`: what may stand in it, and how it is read.
import { z } from "zod";
import type { StateEntry } from "../balancer/state.ts";
import { digestOfLines } from "../core/digested-lines.ts";
import { EXIT } from "../core/exit-codes.ts";
import { newerAdvice } from "../core/folder-version.ts";
import { DamagedFile } from "../core/generations.ts";
import { UserError } from "../core/user-error.ts";
import { PROXY_FAULTS, TARGET_UNREACHABLE } from "../outbound/outbound-fault.ts";
import type { OutboundEntry } from "../outbound/outbound-state.ts";
import type { TokenEntry } from "../tokens/client-tokens.ts";
import type { JobEntry } from "./job-entry.ts";

/** One piece of the state, small enough to be written without a pause of its own. */
export type SavedEntry = StateEntry | OutboundEntry | TokenEntry | JobEntry;

/** The form that this version writes. */
export const STATE_FORM = 1;
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
  lastUsed: time.optional(),
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
const tokenState = z.object({
  lastUsed: time.optional(),
  requests: count.optional(),
  days: days.optional(),
  budget: z.object({ per: z.enum(["day", "month", "total"]), spent: z.array(z.tuple([time, z.number()])) }).optional(),
});

const entry = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("provider"), provider: z.string(), state: providerState }),
  z.object({ kind: z.literal("key"), provider: z.string(), keyId: z.string(), state: keyState }),
  z.object({ kind: z.literal("outbound"), proxy: z.string(), state: outboundState }),
  z.object({ kind: z.literal("token"), id: z.string(), state: tokenState }),
  z.object({ kind: z.literal("job"), name: z.string(), state: z.object({ stopped: time }) }),
]);

const CHANGED = "it was changed or cut off after it was written";

const versionSchema = z.object({ version: z.number() });
const stateSchema = z.strictObject({
  version: z.literal(STATE_FORM),
  saved_at: time,
  entries: z.array(entry),
  sha256: z.string().optional(),
});

/** The entries of a text. `file`: what messages call it. @throws DamagedFile, and UserError for one of a newer version. */
export function parseState(text: string, file: string): readonly SavedEntry[] {
  const json = parseJson(text);
  const digest = digestOfLines(text);
  if (digest === "wrong") throw new DamagedFile(CHANGED);
  refuseNewer(json, file);
  const state = stateSchema.safeParse(json);
  if (!state.success) throw new DamagedFile(faultOf(state.error));
  if (state.data.sha256 !== undefined && digest === "absent") throw new DamagedFile(CHANGED);
  return state.data.entries as readonly SavedEntry[];
}

/** A newer version may have written whatever it likes beside its number. @throws UserError. */
function refuseNewer(json: unknown, file: string): void {
  const parsed = versionSchema.safeParse(json);
  if (!parsed.success || parsed.data.version <= STATE_FORM) return;
  const { version } = parsed.data;
  throw new UserError(
    `Cannot use ${file}: a newer version of openai-balance wrote it (format ${version}, this one knows ${STATE_FORM}). ${newerAdvice(file)}; the file is left as it is`,
    EXIT.usage,
  );
}

function faultOf({ issues }: z.ZodError): string {
  const field = issues[0]?.path.join(".");
  return field ? `its field ${field} is not as it should be` : "it is no state of openai-balance";
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
