// `tokens.list`, `tokens.add`, `tokens.revoke` and `tokens.rotate`.
import { z } from "zod";
import { tokenRules } from "../../config/client-token-schema.ts";
import { parseDuration } from "../../core/durations.ts";
import { maskSecret } from "../../core/redaction.ts";
import { mapInSlices } from "../../core/slices.ts";
import { UserError } from "../../core/user-error.ts";
import type { KnownToken } from "../../tokens/known-token.ts";
import { newStoredToken, newTokenSecret, rotatedToken } from "../../tokens/stored-token.ts";
import { isoTime, time } from "../iso-time.ts";
import { checkTokenName, newTokenRules } from "../new-token-rules.ts";
import { call } from "../operation.ts";
import { tokenNamed } from "../select-tokens.ts";
import { refuseUnreadable, storedById, storedRow, tokenRow, toTokenRow } from "../token-rows.ts";

const secret = z.string().describe("The secret, which is shown this one time: only its hash is kept.");
const MOST_GRACE_MS = 3_650 * 86_400_000;
const named = tokenRow.pick({ id: true, name: true, source: true });

export const tokensList = call({
  name: "tokens.list",
  kind: "read",
  who: "admin",
  summary: "Lists client tokens with what they may do, how far their limits are used, and when they were used last.",
  input: z.strictObject({}),
  output: z.object({
    tokens: z.array(tokenRow).describe("Those of the configuration, then those that were added by command."),
    store_fault: z.string().optional().describe("Why the token store cannot be read: its tokens are missing here."),
  }),
  async run(_, { tokens, now }) {
    const { fault } = tokens;
    const stored = storedById(tokens);
    const at = now();
    const rows = await mapInSlices(tokens.known(), (known) =>
      toTokenRow(known, known.origin === "store" ? stored.get(known.id) : undefined, at),
    );
    return { tokens: rows, ...(fault !== undefined && { store_fault: fault }) };
  },
});

export const tokensAdd = call({
  name: "tokens.add",
  kind: "change",
  who: "admin",
  summary: "Makes a client token with a fresh secret, which counts at once.",
  input: z.strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^\P{Cc}*$/u, { error: "a name without control characters" })
      .optional()
      .describe("What logs call it; its masked form by default."),
    ...tokenRules,
  }),
  output: z.object({
    token: tokenRow.describe("The token."),
    secret,
    first: z.boolean().describe("Until now requests were let in without any token, and no longer are."),
  }),
  async run({ name, ...given }, { tokens, now, config }) {
    refuseUnreadable(tokens);
    if (name !== undefined) checkTokenName(name, config());
    const rules = newTokenRules(given, { config: config(), operations: tokens.operations, now: now() });
    const isFirst = tokens.isOpenToAll();
    const fresh = newTokenSecret();
    const called = name ?? maskSecret(fresh);
    const added = newStoredToken({ name: called, secret: fresh, rules, addedAt: isoTime(now()) });
    await tokens.change(
      (stored) => {
        if (tokens.known().some((known) => known.name === called))
          throw new UserError("Another client token has this name: choose another, or revoke that one first");
        return [...stored, added];
      },
      [fresh],
    );
    return { token: storedRow(added.id, tokens, now()), secret: fresh, first: isFirst };
  },
});

export const tokensRevoke = call({
  name: "tokens.revoke",
  kind: "change",
  who: "admin",
  summary: "Deletes client tokens from the store: requests with them are refused from now on, those in flight finish.",
  input: z.strictObject({ tokens: z.array(z.string().min(1)).min(1).describe("Ids or names.") }),
  output: z.object({
    revoked: z.array(named).describe("Tokens that are gone."),
    refused: z
      .array(named.extend({ why: z.string().describe("Why, and what to do instead.") }))
      .describe("Tokens that are not the store's."),
    open: z.boolean().describe("No token is left: programs on the daemon's machine are let in without any."),
  }),
  async run({ tokens: words }, { tokens, configFile }) {
    refuseUnreadable(tokens);
    const meant = [...new Set(words.map((word) => tokenNamed(word, tokens.known())))];
    const revoked = meant.filter(({ origin }) => origin === "store");
    const ids = new Set(revoked.map(({ id }) => id));
    if (ids.size > 0) await tokens.change((stored) => stored.filter(({ id }) => !ids.has(id)), []);
    const refused = meant.filter(({ origin }) => origin === "config");
    return {
      revoked: revoked.map(nameOf),
      refused: refused.map((token) => ({ ...nameOf(token), why: whyNot(token, configFile()) })),
      open: tokens.isOpenToAll(),
    };
  },
});

export const tokensRotate = call({
  name: "tokens.rotate",
  kind: "change",
  who: "admin",
  summary: "Gives a client token of the store a fresh secret; name, limits and what is spent of them stay.",
  input: z.strictObject({
    token: z.string().min(1).describe("Its id or name."),
    grace: z
      .string()
      .refine(isGrace, { error: "a duration such as 30m, 24h or 7d, at most 3650d" })
      .optional()
      .describe("How long the old secret counts as well, such as `24h`; not at all by default."),
  }),
  output: z.object({
    token: tokenRow.describe("The token."),
    secret,
    previous_until: time.optional().describe("Until when the old secret counts as well."),
  }),
  async run({ token: word, grace }, { tokens, now, configFile }) {
    refuseUnreadable(tokens);
    const known = tokenNamed(word, tokens.known());
    const { id } = known;
    if (known.origin === "config")
      throw new UserError(`Cannot rotate the client token: ${whyNot(known, configFile())}`);
    const fresh = newTokenSecret();
    const at = now();
    if (known.scope?.refuseExpired(at) !== undefined)
      throw new UserError(
        "Cannot rotate the client token: it has expired, and would with another secret; make a new one",
      );
    const until = grace === undefined ? undefined : isoTime(at + (parseDuration(grace) ?? 0));
    await tokens.change(
      (stored) => {
        if (!stored.some((token) => token.id === id)) throw new UserError("The client token was revoked meanwhile");
        return stored.map((token) =>
          token.id === id ? rotatedToken(token, fresh, { at: isoTime(at), until }) : token,
        );
      },
      [fresh],
    );
    const row = storedRow(id, tokens, now());
    return { token: row, secret: fresh, ...(until !== undefined && { previous_until: until }) };
  },
});

/** Ten years at most: times have years of four digits. */
function isGrace(text: string): boolean {
  const ms = parseDuration(text) ?? 0;
  return ms > 0 && ms <= MOST_GRACE_MS;
}

function whyNot({ place }: KnownToken, file: string | undefined): string {
  const where = place ?? (file === undefined ? "the environment" : `auth.client_tokens of ${file}`);
  return `it comes from ${where}: change it there`;
}

function nameOf({ id, name, origin }: KnownToken): z.output<typeof named> {
  return { id, name, source: origin === "store" ? "token store" : "configuration" };
}
