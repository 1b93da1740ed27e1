// Which headers of an answer that was an error are kept in the record of its attempt.
import type { HeaderList } from "../../upstream/transport.ts";

/** What a provider's support asks for, and what says when to come back, or who answered in its place. */
const KEPT =
  /^(?:.*request-?id|.*ratelimit.*|retry-after(?:-ms)?|x-should-retry|www-authenticate|content-type|server|via|date|cf-ray|.*-processing-ms|.*error.*)$/;
const MOST_HEADERS = 40;
const MOST_VALUE = 256;

/** `name: value`, one a line, in the order in which they came, without secrets; undefined where there is none. */
export function keptHeaders(headers: HeaderList, redact: (text: string) => string): string | undefined {
  const kept = headers.filter(([name]) => KEPT.test(name)).slice(0, MOST_HEADERS);
  if (kept.length === 0) return undefined;
  // Redacted by its whole: half a secret at a cut would not be known.
  return kept.map(([name, value]) => `${name}: ${redact(value).slice(0, MOST_VALUE)}`).join("\n");
}
