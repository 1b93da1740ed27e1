// `sessions.list`, `sessions.revoke` and `open`: who is logged in to the page.
import { z } from "zod";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { AdminSession } from "../access/admin-session.ts";
import { isoTime, time } from "../iso-time.ts";
import { call } from "../operation.ts";
import type { SessionsPort } from "../sessions-port.ts";

const sessionRow = z.object({
  id: z.string().describe("Its id, which says nothing of its secret."),
  via: z.enum(["token", "link"]).describe("How it began: by the admin token, or by a one-time link."),
  address: z.string().describe("Where it began."),
  agent: z.string().describe("What the browser said it is; empty where it said nothing."),
  created_at: time.describe("When it began."),
  seen_at: time.describe("When it was used last, to the minute over a restart."),
  expires_at: time.describe("When it ends unless it is used."),
  current: z.boolean().optional().describe("True for the one that asks, and absent for all others."),
});

export type SessionRow = z.output<typeof sessionRow>;

export const sessionsList = call({
  name: "sessions.list",
  kind: "read",
  who: "admin",
  summary: "Lists the browsers that are logged in to the page.",
  input: z.strictObject({}),
  output: z.object({ sessions: z.array(sessionRow).describe("The last used first.") }),
  run: (_, { sessions, asker }) => ({
    sessions: sessions.list().map((session) => ({
      ...rowOf(session, sessions),
      ...(session.id === asker && { current: true }),
    })),
  }),
});

export const sessionsRevoke = call({
  name: "sessions.revoke",
  kind: "change",
  who: "admin",
  summary:
    "Ends sessions: their browsers have to log in again, and what they follow live ends. All of them with every one-time link that was not used.",
  input: z.strictObject({
    sessions: z.array(z.string().min(1)).default([]).describe("Ids, or the beginning of one."),
    all: z.boolean().default(false).describe("Every session, in place of ids."),
  }),
  output: z.object({ revoked: z.array(sessionRow).describe("Sessions that are over.") }),
  async run({ sessions: words, all }, { sessions }) {
    if (all === words.length > 0) throw new UserError("Cannot end sessions: expected either ids or all");
    const known = sessions.list();
    const meant = all ? known : [...new Set(words.map((word) => sessionNamed(word, known)))];
    const revoked = meant.map((session) => rowOf(session, sessions));
    await (all ? sessions.removeAll() : sessions.remove(meant.map(({ id }) => id)));
    return { revoked };
  },
});

export const open = call({
  name: "open",
  kind: "change",
  who: "owner",
  summary: "Makes a link that logs in to the page once, without the admin token.",
  input: z.strictObject({}),
  output: z.object({
    url: z.string().describe("The link; whoever opens it first is logged in."),
    expires_at: time.describe("Until when it can be used."),
  }),
  run(_, { daemon }) {
    if (daemon === undefined) throw new Error("Cannot do this without a running daemon");
    const { url, expiresAt } = daemon.openLink();
    return { url, expires_at: isoTime(expiresAt) };
  },
});

function rowOf(session: AdminSession, sessions: SessionsPort): SessionRow {
  const { id, via, address, agent, createdAt, seenAt } = session;
  return {
    ...{ id, via, address, agent },
    created_at: isoTime(createdAt),
    seen_at: isoTime(seenAt),
    expires_at: isoTime(sessions.expiryOf(session)),
  };
}

/** @throws UserError for a word that means none, or several. */
function sessionNamed(word: string, known: readonly AdminSession[]): AdminSession {
  const [found, another] = known.filter(({ id }) => id.startsWith(word));
  if (found === undefined) throw new UserError(`There is no session ${word}`, EXIT.usage);
  if (another !== undefined) throw new UserError(`Several sessions begin with ${word}: give more of the id`);
  return found;
}
