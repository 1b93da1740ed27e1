// What requests with the same beginning have in common, so that one key's prompt cache can serve them all.
import type { BodyFacts, Span } from "./body/body-facts.ts";
import { scanMembers, skipBlanks, skipValue } from "./body/json-scan.ts";

/** So much of each part decides: caches begin at about 1,000 tokens (platform.openai.com/docs/guides/prompt-caching). */
const LEADING_BYTES = 4 * 1024;
const OPEN_BRACKET = 0x5b;
const COMMA = 0x2c;
const ROLE: ReadonlySet<string> = new Set(["role"]);

/**
 * A digest of the model with the client's own cache key, else its user, else how the conversation begins: instructions
 * and the first message of a user. Undefined for what is no conversation. Two clients that say the same share it.
 */
export function affinityOf(body: Uint8Array, facts: BodyFacts, model: string | undefined): string | undefined {
  const { promptCacheKey, user, leading } = facts;
  if (promptCacheKey !== undefined) return digest(`key\0${model}\0`, [promptCacheKey]);
  if (user !== undefined) return digest(`user\0${model}\0`, [user]);
  if (leading === undefined) return undefined;
  return digest(
    `text\0${model}\0`,
    leading.map((span) => beginning(body, span)),
  );
}

function digest(kind: string, parts: readonly (string | Uint8Array)[]): string {
  let hash = Bun.hash.wyhash(kind);
  for (const part of parts) hash = Bun.hash.wyhash(part, hash);
  return hash.toString(36);
}

/** All of a text; of a list what stands before the end of its first user's message. */
function beginning(body: Uint8Array, { start, end }: Span): Uint8Array {
  const window = body.subarray(start, Math.min(end, start + LEADING_BYTES));
  if (window[0] !== OPEN_BRACKET) return window;
  let at = skipBlanks(window, 1);
  while (at < window.length) {
    const itemEnd = skipValue(window, at);
    if (itemEnd <= at) return window;
    if (isOfUser(window.subarray(at, itemEnd))) return window.subarray(0, itemEnd);
    const next = skipBlanks(window, itemEnd);
    if (window[next] !== COMMA) return window;
    at = skipBlanks(window, next + 1);
  }
  return window;
}

/** What names no role is a user's: texts, and turns in Gemini's short form. */
function isOfUser(item: Uint8Array): boolean {
  const role = scanMembers(item, ROLE)?.at(-1);
  return role === undefined || Buffer.from(item.subarray(role.start, role.end)).toString("latin1") === '"user"';
}
