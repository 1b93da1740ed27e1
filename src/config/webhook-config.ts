// A webhook as the program runs on it, and what of it must not be seen.
import type { WebhookEvent } from "./webhook-events.ts";

export interface WebhookConfig {
  readonly name: string;
  /** As it was written: it may hold a credential. */
  readonly url: string;
  readonly form: "generic" | "slack";
  /** What signs its messages; undefined: nothing does. */
  readonly secret: string | undefined;
  readonly events: readonly WebhookEvent[];
  /** Undefined: all. */
  readonly providers: readonly string[] | undefined;
  /** From 0 to 1. */
  readonly poolBelow: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** How the secrets of Standard Webhooks begin; Base64 follows (standardwebhooks.com, "Signature scheme"). */
export const SIGNING_PREFIX = "whsec_";

/** Shorter parts of a URL are words such as `hook`. */
const MIN_PART_CHARS = 16;

/** The URL without what may be a credential: scheme and host, `/****` for the rest. */
export function shownWebhookUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "****";
  return parsed.pathname === "/" && parsed.search === "" ? parsed.origin : `${parsed.origin}/****`;
}

/** Its secret, and its URL with each part that may be a token. Headers are left to who knows their names. */
export function webhookSecrets({ url, secret }: Pick<WebhookConfig, "url" | "secret">): readonly string[] {
  const signing = secret === undefined ? [] : [secret, withoutPrefix(secret)];
  const parsed = URL.parse(url);
  if (parsed === null || shownWebhookUrl(url) === parsed.origin) return signing;
  const parts = [parsed.pathname + parsed.search, ...parsed.pathname.split("/"), ...parsed.searchParams.values()];
  return [...signing, url, parsed.href, ...parts.filter(({ length }) => length >= MIN_PART_CHARS)];
}

function withoutPrefix(secret: string): string {
  return secret.startsWith(SIGNING_PREFIX) ? secret.slice(SIGNING_PREFIX.length) : secret;
}
