// A client token that was added by command, as the token store holds it: without its secret.
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { TokenRules } from "../config/client-token.ts";
import { tokenRulesOf } from "../config/normalise-token-rules.ts";
import { tokenIdOf } from "../core/ids.ts";
import { parseMoment } from "../core/moment.ts";
import { digestOf } from "./token-digest.ts";

/** By which the redactor knows a token that it was never told of. */
export const TOKEN_PREFIX = "oab-";
const SECRET_BYTES = 32;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const moment = z.string().refine((text) => parseMoment(text) !== undefined);
const patterns = z.array(z.string().min(1)).min(1);
const count = z.int().positive();

/** What it may do, in the words of the configuration. */
export const storedRules = z.strictObject({
  models: patterns.optional(),
  providers: patterns.optional(),
  operations: patterns.optional(),
  cidrs: patterns.optional(),
  expires: moment.optional(),
  rpm: count.optional(),
  tpm: count.optional(),
  tpd: count.optional(),
  concurrency: count.optional(),
  budget: z.strictObject({ amount: z.number().positive(), per: z.enum(["day", "month", "total"]) }).optional(),
  day: z.string().optional(),
});

/** `sha256`: of the secret. `previous`: the secret before the last rotation, while it still counts. */
export const storedToken = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string().min(1),
  sha256: digest,
  added_at: z.string(),
  rotated_at: z.string().optional(),
  previous: z.strictObject({ sha256: digest, until: moment }).optional(),
  rules: storedRules,
});

export type StoredToken = z.output<typeof storedToken>;
export type StoredRules = z.output<typeof storedRules>;

/** A fresh secret of 256 random bits. */
export function newTokenSecret(): string {
  return TOKEN_PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
}

export interface NewTokenFacts {
  readonly name: string;
  readonly secret: string;
  readonly rules: StoredRules;
  /** RFC 3339, in UTC. */
  readonly addedAt: string;
}

/** What is stored of a new token. */
export function newStoredToken({ name, secret, rules, addedAt }: NewTokenFacts): StoredToken {
  return { id: tokenIdOf(secret), name, sha256: digestOf(secret), added_at: addedAt, rules };
}

/** The same token with another secret; the old one counts until then, where a time is given. */
export function rotatedToken(
  token: StoredToken,
  secret: string,
  { at, until }: { readonly at: string; readonly until: string | undefined },
): StoredToken {
  const { previous: _, ...rest } = token;
  const kept = until === undefined ? {} : { previous: { sha256: token.sha256, until } };
  return { ...rest, sha256: digestOf(secret), rotated_at: at, ...kept };
}

/** Undefined where everything is free. */
export function rulesOfStored({ rules }: StoredToken): TokenRules | undefined {
  return tokenRulesOf(rules);
}
