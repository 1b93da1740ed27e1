// One admin session, as it is kept and as it is told of.
import { z } from "zod";

/** `token`: by the admin token; `link`: by a one-time link. */
export type LoginWay = "token" | "link";

/** What a login knows of the browser. */
export interface LoginFacts {
  readonly via: LoginWay;
  readonly address: string;
  /** What the browser says it is; empty where it says nothing. */
  readonly agent: string;
}

/** Never the secret. Times are wall-clock milliseconds. */
export interface AdminSession extends LoginFacts {
  /** The first 12 digits of the digest of its secret. */
  readonly id: string;
  readonly createdAt: number;
  readonly seenAt: number;
}

/** As the file has it. */
export const storedSession = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: z.int(),
  seen_at: z.int(),
  via: z.enum(["token", "link"]),
  address: z.string(),
  agent: z.string(),
});

export type StoredSession = z.output<typeof storedSession>;

/** Twelve digits tell sessions apart, and tell nothing of a secret. */
export function sessionIdOf(digest: string): string {
  return digest.slice(0, 12);
}

export function sessionOf({ digest, created_at, seen_at, via, address, agent }: StoredSession): AdminSession {
  return { id: sessionIdOf(digest), createdAt: created_at, seenAt: seen_at, via, address, agent };
}
