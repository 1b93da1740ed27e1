// Makes webhooks of what was written about them.
import { compileGlobs } from "../core/glob.ts";
import { isOfTheConnection } from "./check-headers.ts";
import type { ProviderConfig } from "./config.ts";
import type { FieldPath } from "./field-path.ts";
import type { LoadContext } from "./load-context.ts";
import { nearestName } from "./nearest-name.ts";
import { areAllProvidersKnown } from "./normalise-models.ts";
import { milliseconds } from "./normalise-timeouts.ts";
import { resolveSecret } from "./resolve-secret.ts";
import { SIGNING_PREFIX, type WebhookConfig } from "./webhook-config.ts";
import { WEBHOOK_EVENT_NAMES, type WebhookEvent } from "./webhook-events.ts";
import { type RawWebhook, shareOf } from "./webhooks-schema.ts";

/** A secret that can be guessed signs nothing. */
const MIN_SECRET_CHARS = 16;
/** What decodes to less than this is no key: standardwebhooks.com asks for 24 to 64 bytes. */
const MIN_SECRET_BYTES = 16;

/** Set by the sender of each message. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "content-type",
  "user-agent",
  "webhook-id",
  "webhook-timestamp",
  "webhook-signature",
]);

/** Reports what could never work, and what would have no effect. */
export function normaliseWebhooks(
  raw: readonly RawWebhook[],
  providers: readonly ProviderConfig[],
  context: LoadContext,
): readonly WebhookConfig[] {
  const names = new Set<string>();
  return raw.map((webhook, index) => {
    const path = ["webhooks", index];
    if (names.has(webhook.name)) context.list.error([...path, "name"], "is already the name of another webhook");
    names.add(webhook.name);
    checkHeaders(webhook.headers, [...path, "headers"], context);
    checkProviders(webhook.providers ?? [], [...path, "providers"], providers, context);
    const events = readEvents(webhook.events, [...path, "events"], context);
    if (!events.includes("pool.low") && context.isSet([...path, "pool_below"]) && !context.list.touchesBroken(path))
      context.list.error([...path, "pool_below"], "has no effect: pool.low is not among its events");
    const { name, form, headers } = webhook;
    const { url, secret } = readSecrets(webhook, path, context);
    const poolBelow = shareOf(webhook.pool_below) ?? 0;
    const rest = { headers, timeoutMs: milliseconds(webhook.timeout) };
    return { name, url, form, secret, events, providers: webhook.providers, poolBelow, ...rest };
  });
}

function readSecrets(webhook: RawWebhook, path: FieldPath, context: LoadContext) {
  const url = resolveSecret(webhook.url, [...path, "url"], context) ?? "";
  const secret = webhook.secret && resolveSecret(webhook.secret, [...path, "secret"], context);
  const fault = context.list.touchesBroken([...path, "url"]) ? undefined : urlFault(url, webhook.form);
  if (fault !== undefined) context.list.error([...path, fault.field], fault.message);
  if (webhook.secret !== undefined && webhook.form === "slack")
    context.list.error([...path, "secret"], "has no effect: Slack checks no signature, its URL is the secret");
  const weakness = secret === undefined ? undefined : secretFault(secret);
  if (weakness !== undefined) context.list.error([...path, "secret"], weakness);
  return { url, secret };
}

function urlFault(text: string, form: RawWebhook["form"]) {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text)) return { field: "url", message: "expected an http or https URL" };
  if (url.username !== "" || url.password !== "")
    return { field: "url", message: "expected a URL without user and password: write an Authorization header instead" };
  if (text.includes("#")) return { field: "url", message: "expected a URL without a fragment" };
  // docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; other paths there are workflows, which take any.
  const isOfSlack = url.hostname === "hooks.slack.com" && url.pathname.startsWith("/services/");
  if (isOfSlack && form !== "slack")
    return { field: "form", message: "expected slack, since webhooks of Slack take nothing else" };
  return undefined;
}

function secretFault(secret: string): string | undefined {
  if (!secret.startsWith(SIGNING_PREFIX))
    return secret.length < MIN_SECRET_CHARS ? `expected ${MIN_SECRET_CHARS} characters or more` : undefined;
  const coded = secret.slice(SIGNING_PREFIX.length);
  const isCoded = /^[A-Za-z0-9+/]+={0,2}$/.test(coded);
  if (isCoded && Buffer.from(coded, "base64").length >= MIN_SECRET_BYTES) return undefined;
  return `expected ${MIN_SECRET_BYTES} bytes or more in Base64 behind ${SIGNING_PREFIX}`;
}

/** The names that the patterns mean, in the order of the table. */
function readEvents(
  patterns: readonly string[] | undefined,
  path: FieldPath,
  { list }: LoadContext,
): readonly WebhookEvent[] {
  if (patterns === undefined) return WEBHOOK_EVENT_NAMES;
  for (const [index, pattern] of patterns.entries()) {
    if (WEBHOOK_EVENT_NAMES.some(compileGlobs([pattern]))) continue;
    const near = nearestName(pattern.replaceAll("_", "."), WEBHOOK_EVENT_NAMES);
    const hint = near === undefined ? `they are ${WEBHOOK_EVENT_NAMES.join(", ")}` : `did you mean ${near}`;
    list.error([...path, index], `matches no event: ${hint}`);
  }
  return WEBHOOK_EVENT_NAMES.filter(compileGlobs(patterns));
}

function checkProviders(
  names: readonly string[],
  path: FieldPath,
  providers: readonly ProviderConfig[],
  { list }: LoadContext,
): void {
  if (!areAllProvidersKnown(list)) return;
  for (const [index, name] of names.entries()) {
    if (!providers.some((provider) => provider.name === name))
      list.error([...path, index], "expected the name of a provider");
  }
}

function checkHeaders(headers: RawWebhook["headers"], path: FieldPath, { list }: LoadContext): void {
  const seen = new Set<string>();
  for (const name of Object.keys(headers)) {
    const lower = name.toLowerCase();
    if (OWN_HEADERS.has(lower)) list.error([...path, name], "has no effect: each message sets it");
    else if (isOfTheConnection(lower)) list.error([...path, name], "has no effect: the connection sets it");
    else if (seen.has(lower)) list.error([...path, name], "is the same header as one above");
    seen.add(lower);
  }
}
