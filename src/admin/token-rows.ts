// Client tokens as the control API tells of them: never their secret.
import { z } from "zod";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { amountOf } from "../tokens/budget-meter.ts";
import type { KnownToken } from "../tokens/known-token.ts";
import type { StoredToken } from "../tokens/stored-token.ts";
import type { LimitUse } from "../tokens/token-account.ts";
import { isoTime, time } from "./iso-time.ts";
import type { TokensPort } from "./tokens-port.ts";

const limit = z.object({
  name: z.enum(["rpm", "tpm", "tpd", "concurrency", "budget"]).describe("Which limit."),
  limit: z.number().describe("How much it is; of a budget money, in the currency of `usage.prices`."),
  used: z.number().describe("How much of it is used or reserved now."),
  per: z.enum(["day", "month", "total"]).optional().describe("Of a budget: in which time."),
});

export const tokenRow = z.object({
  id: z.string().describe("Its id, which its counters follow."),
  name: z.string().describe("What logs call it."),
  source: z
    .enum(["configuration", "token store"])
    .describe("Where it is kept; only those of the store can be changed here."),
  place: z.string().optional().describe("Of the configuration: where it is written, a place in a file or a variable."),
  state: z.enum(["active", "expired"]).describe("`expired`: requests with it are refused."),
  added_at: time.optional().describe("When it was added by command."),
  rotated_at: time.optional().describe("When it got its present secret, if not then."),
  previous_until: time.optional().describe("Until when the secret before that counts as well."),
  last_used: time.optional().describe("When a request came with it last."),
  requests: z.int().describe("How many requests came with it, refused ones included."),
  in_flight: z.int().describe("How many of them are in flight, where it has limits."),
  models: z.array(z.string()).optional().describe("Patterns of the models that it may ask for."),
  providers: z.array(z.string()).optional().describe("The providers that it may use."),
  operations: z.array(z.string()).optional().describe("Patterns of the operations that it may call."),
  cidrs: z.array(z.string()).optional().describe("Where it counts."),
  expires: time.optional().describe("When it ends."),
  limits: z.array(limit).describe("Its limits, and how far they are used."),
});

export type TokenRow = z.output<typeof tokenRow>;

/** `stored`: what the store has of it. */
export function toTokenRow(known: KnownToken, stored: StoredToken | undefined, now: number): TokenRow {
  const { id, name, origin, rules, account, place } = known;
  const { models, providers, operations, cidrs, expiresAt } = rules ?? {};
  const { lastUsed, requests, inFlight } = account;
  return {
    id,
    name,
    source: origin === "store" ? "token store" : "configuration",
    ...(place !== undefined && { place }),
    state: expiresAt !== undefined && expiresAt <= now ? "expired" : "active",
    ...(stored && { added_at: stored.added_at }),
    ...(stored?.rotated_at !== undefined && { rotated_at: stored.rotated_at }),
    ...(stored?.previous !== undefined &&
      isAfter(stored.previous.until, now) && { previous_until: stored.previous.until }),
    ...(lastUsed !== undefined && { last_used: isoTime(lastUsed) }),
    requests,
    in_flight: inFlight,
    ...(models && { models: [...models] }),
    ...(providers && { providers: [...providers] }),
    ...(operations && { operations: [...operations] }),
    ...(cidrs && { cidrs: [...cidrs] }),
    ...(expiresAt !== undefined && { expires: isoTime(expiresAt) }),
    limits: account.uses(now).map((use) => toLimit(use, known)),
  };
}

/** The row of a stored token. */
export function storedRow(id: string, tokens: TokensPort, now: number): TokenRow {
  const known = tokens.known().find((token) => token.id === id && token.origin === "store");
  if (known === undefined) throw new Error("A token that was stored is not known");
  return toTokenRow(known, storedById(tokens).get(id), now);
}

export function storedById(tokens: TokensPort): ReadonlyMap<string, StoredToken> {
  return new Map(tokens.stored().map((token) => [token.id, token]));
}

/** @throws UserError while the store cannot be read. */
export function refuseUnreadable({ fault }: TokensPort): void {
  if (fault !== undefined) throw new UserError(fault, EXIT.failed);
}

function isAfter(text: string, now: number): boolean {
  return Date.parse(text) > now;
}

function toLimit({ name, limit: most, used }: LimitUse, { rules }: KnownToken): TokenRow["limits"][number] {
  if (name !== "budget") return { name, limit: most, used };
  const per = rules?.limits?.budget?.per;
  return { name, limit: amountOf(most), used: amountOf(used), ...(per !== undefined && { per }) };
}
