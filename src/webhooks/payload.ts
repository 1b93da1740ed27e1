// The body of a message, in the form that its receiver takes.
import type { Alert } from "./alert-book.ts";
import { alertWords } from "./alert-words.ts";
import type { EventFacts } from "./condition.ts";

/** Subjects that a message describes; the rest is counted. */
const MAX_ITEMS = 20;

/** A message before it is signed. `type`: the name of the event, or `test`. */
export interface Payload {
  /** The same for each try, so that its receiver knows what it has seen. */
  readonly id: string;
  readonly type: string;
  readonly text: string;
  readonly body: string;
}

/** What all messages of a daemon have in common. */
export interface PayloadParts {
  readonly id: string;
  readonly form: "generic" | "slack";
  /** The name of this machine. */
  readonly host: string;
  /** Masks secrets. Asked of each text before it is escaped: an escaped one may not be known any more. */
  readonly redact: (text: string) => string;
}

/** The message of an alert. */
export function payloadOf(alert: Alert, parts: PayloadParts): Payload {
  const provider = alert.about[0]?.facts.provider;
  const data = {
    ...(provider !== undefined && { provider }),
    count: alert.about.length,
    items: alert.about.slice(0, MAX_ITEMS).map(({ facts }) => itemOf(facts, parts.redact)),
  };
  return payload({ type: alert.event, at: alert.at, text: parts.redact(alertWords(alert)), data }, parts);
}

/** What `webhooks test` sends. */
export function testPayload(at: number, parts: PayloadParts): Payload {
  const text = "This is a test message of openai-balance";
  return payload({ type: "test", at, text, data: { count: 0, items: [] } }, parts);
}

interface Content {
  readonly type: string;
  readonly at: number;
  readonly text: string;
  readonly data: object;
}

/** `type`, `timestamp` and `data`: standardwebhooks.com, "Payload structure". */
function payload({ type, at, text, data }: Content, { id, form, host }: PayloadParts): Payload {
  const body =
    form === "slack" ? slackBody(type, text) : { type, timestamp: time(at), id, data: { text, host, ...data } };
  return { id, type, text, body: JSON.stringify(body) };
}

/** docs.slack.dev/messaging/formatting-message-text: three characters are escaped. */
function slackBody(type: string, text: string): object {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return { text: `*${type}* ${escaped}` };
}

function itemOf({ keyId, until, provider: _of, ...facts }: EventFacts, redact: PayloadParts["redact"]): object {
  const masked = Object.entries(facts).map(([name, value]) => [
    name,
    typeof value === "string" ? redact(value) : value,
  ]);
  return {
    ...(keyId !== undefined && { key_id: keyId }),
    ...Object.fromEntries(masked),
    ...(until !== undefined && { until: time(until) }),
  };
}

/** RFC 3339 in UTC. */
function time(ms: number): string {
  return new Date(ms).toISOString();
}
