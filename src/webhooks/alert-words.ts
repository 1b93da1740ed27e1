// What a message says in one sentence, for people.
import type { WebhookEvent } from "../config/webhook-events.ts";
import type { Alert } from "./alert-book.ts";
import type { Condition, EventFacts } from "./condition.ts";

/** Names that a sentence lists; the rest is counted. */
const MAX_NAMES = 5;

/** `one`: for a single subject; `many`: for several. */
interface Words {
  readonly one: string;
  readonly many: string;
}

const KEYS: Readonly<Partial<Record<WebhookEvent, Words>>> = {
  "key.invalid": { one: "key is invalid", many: "keys are invalid" },
  "key.exhausted": { one: "key has no credit left", many: "keys have no credit left" },
  "key.disabled": { one: "key was disabled by a rule", many: "keys were disabled by a rule" },
  "key.recovered": { one: "key may serve again", many: "keys may serve again" },
  "model.open": { one: "model fails, others go first", many: "models fail, others go first" },
  "model.closed": { one: "model answers again", many: "models answer again" },
};

const PROVIDERS: Readonly<Partial<Record<WebhookEvent, string>>> = {
  "provider.open": "fails, others go first",
  "provider.suspect": "refuses key after key, one request at a time tries it again",
  "provider.region_refused": "refuses requests from this region",
  "provider.closed": "answers again",
};

const OF_THE_DAEMON: Readonly<Partial<Record<WebhookEvent, string>>> = {
  "records.dropping": "Request records cannot be written and are dropped",
  "records.recovered": "Request records are written again",
  "storage.failed": "The state cannot be written to the data folder",
  "storage.recovered": "The state is written again",
};

/** One line without an end: `openai: 2 keys are invalid: a, b`. */
export function alertWords({ event, about }: Alert): string {
  const facts = about[0]?.facts ?? {};
  const words = OF_THE_DAEMON[event] ?? `${facts.provider}: ${aboutProvider(event, about, facts)}`;
  return about.length > 1 ? words : words + causeOf(facts);
}

function aboutProvider(event: WebhookEvent, about: readonly Condition[], facts: EventFacts): string {
  const ofProvider = PROVIDERS[event];
  if (ofProvider !== undefined) return ofProvider;
  const words = KEYS[event];
  if (words === undefined) return poolWords(event, facts);
  const isOne = about.length === 1;
  return `${about.length} ${isOne ? words.one : words.many}: ${namesOf(about)}`;
}

function poolWords(event: WebhookEvent, { usable = 0, total = 0 }: EventFacts): string {
  if (event === "pool.empty") return `no key is usable, of ${total}`;
  if (event === "pool.low") return `only ${usable} of ${total} keys ${usable === 1 ? "is" : "are"} usable`;
  return `${usable} of ${total} keys are usable again`;
}

function namesOf(about: readonly Condition[]): string {
  const names = about.slice(0, MAX_NAMES).map(({ facts }) => nameOf(facts));
  const more = about.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function nameOf({ group, key, model, keyId }: EventFacts): string {
  if (group !== undefined) return `all of quota group ${group}`;
  return key ?? model ?? keyId ?? "";
}

/** The end of a fault needs no cause. */
function causeOf({ reason, status, message }: EventFacts): string {
  if (reason === undefined || reason === "answers_again") return "";
  const what = [reason, ...(status === undefined ? [] : [`status ${status}`])].join(", ");
  return ` (${what}${message === undefined ? "" : `: ${message}`})`;
}
