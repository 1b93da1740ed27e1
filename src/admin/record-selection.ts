// Which request records an operation is asked about: the fields that say it, and what is wrong with names of nothing.
import { z } from "zod";
import { nameForMessage } from "../config/name-for-message.ts";
import { inSlices } from "../core/slices.ts";
import { UserError } from "../core/user-error.ts";
import { RECORD_ENDS } from "../records/record.ts";
import type { RecordFilter } from "../records/record-filter.ts";
import { OPERATOR_NAME } from "../tokens/operator-name.ts";
import { time } from "./iso-time.ts";
import { eachKnownKey } from "./known-keys.ts";
import { nearestOfMany } from "./nearest-of-many.ts";
import type { ControlPorts } from "./ports.ts";

/** More is no search term. */
const MOST_TEXT = 256;

const word = z.string().min(1).optional();

export const statusPattern = z
  .string()
  .toLowerCase()
  .regex(/^[1-5](\d\d|xx)$/, { error: "a status such as 429 or 4xx" });

/** The fields by which operations select records; all that are given must match. */
export const recordSelection = {
  errors: z
    .boolean()
    .optional()
    .describe("Only requests that failed, or were answered with 400 or more. False is as good as absent."),
  since: time.optional().describe("Only those that ended at this time or later."),
  until: time.optional().describe("Only those that ended before this time."),
  status: statusPattern.optional().describe("Only those that were answered so: `429`, or `4xx`."),
  provider: word.describe("Only those of which an attempt was sent to this provider."),
  key: word.describe("Only those of which an attempt had this key, by its name or id."),
  model: word.describe("As the client named it, or as the provider does."),
  token: word.describe("The name of the client token."),
  operation: word.describe("Such as `chat/completions`."),
  id: word.describe("The id of a request, or of a trace."),
  end: z.enum(RECORD_ENDS).optional().describe("Only those that ended so for their client."),
  outcome: word.describe(
    "Only those of which an attempt ended so, such as `rate_limited`, or that were answered with this error code.",
  ),
  min_ms: z.int().min(0).optional().describe("Only those that took as many milliseconds, or more."),
  min_attempts: z.int().min(0).optional().describe("Only those that took as many calls of providers, or more."),
  text: z
    .string()
    .min(1)
    .max(MOST_TEXT)
    .optional()
    .describe("Only those with this text in their ids and names, or in what a provider said; capital or small."),
};

const selection = z.object(recordSelection);
export type RecordSelection = z.output<typeof selection>;

type NamePorts = Pick<ControlPorts, "config" | "tokens"> & { readonly keys: Pick<ControlPorts["keys"], "list"> };

/** The filter that is meant. @throws UserError for a span of time that has none. */
export async function filterOf(given: RecordSelection, ports: NamePorts): Promise<RecordFilter> {
  const { errors, since, until, status, provider, key, model, token, operation, id } = given;
  const { end, outcome, min_ms: minMs, min_attempts: minAttempts, text } = given;
  const sinceMs = since === undefined ? undefined : Date.parse(since);
  const untilMs = until === undefined ? undefined : Date.parse(until);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs)
    throw new UserError("Cannot look for records: `since` is not before `until`");
  return {
    ...(errors === true && { errors }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(untilMs !== undefined && { untilMs }),
    ...(status !== undefined && { status }),
    ...(provider !== undefined && { provider }),
    ...(key !== undefined && { key: await keyWord(key, ports) }),
    ...(model !== undefined && { model }),
    ...(token !== undefined && { token }),
    ...(operation !== undefined && { operation }),
    ...(id !== undefined && { id }),
    ...(end !== undefined && { end }),
    ...(outcome !== undefined && { outcome }),
    ...(minMs !== undefined && { minMs }),
    ...(minAttempts !== undefined && { minAttempts }),
    ...(text !== undefined && { text }),
  };
}

/** The shortest beginning of an id that stands for it. */
const ID_PREFIX = 6;

/**
 * The id of a key that is named by its secret or by the beginning of its id; else the word as it is, since there may be
 * records of a key that is gone.
 */
async function keyWord(given: string, ports: NamePorts): Promise<string> {
  const ids = new Set<string>();
  for await (const slice of inSlices(eachKnownKey(ports))) {
    for (const { key } of slice) {
      if (key.id === given || key.name === given) return given;
      if (key.secret === given || (given.length >= ID_PREFIX && key.id.startsWith(given))) ids.add(key.id);
    }
  }
  const [id] = ids;
  return id !== undefined && ids.size === 1 ? id : given;
}

/**
 * Where nothing was found: a name that nothing has is told, with the one that was probably meant. Where something was
 * found it may be the name of what is gone.
 * @throws UserError for such a name.
 */
export async function refuseUnknownNames({ provider, key, token }: RecordFilter, ports: NamePorts): Promise<void> {
  if (provider !== undefined) {
    const names = ports.config().providers.map(({ name }) => name);
    await refuseUnknown("provider", provider, { names, hint: "openai-balance providers lists those that there are" });
  }
  if (key !== undefined) {
    const names = eachWordOf(ports);
    await refuseUnknown("key", key, { names, hint: "openai-balance keys list shows all" });
  }
  if (token !== undefined) {
    const names = [...ports.tokens.known().map(({ name }) => name), OPERATOR_NAME];
    await refuseUnknown("client token", token, { names, hint: "openai-balance tokens list shows them" });
  }
}

function* eachWordOf(ports: NamePorts): Generator<string> {
  for (const { key } of eachKnownKey(ports)) yield* [key.name, key.id];
}

interface KnownNames {
  readonly names: Iterable<string>;
  readonly hint: string;
}

async function refuseUnknown(kind: string, name: string, { names, hint }: KnownNames): Promise<void> {
  const near = await nearestOfMany(name, names);
  if (near === name) return;
  const next = near === undefined ? hint : `did you mean ${near}`;
  throw new UserError(`There is no ${kind} ${nameForMessage(name)}, and no record of one: ${next}`);
}
