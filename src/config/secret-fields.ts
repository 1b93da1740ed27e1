// Knows which fields of the configuration hold a credential.

import type { FieldPath } from "./field-path.ts";

/** Any item of a list. */
const ITEM = Symbol("item");
/** Any entry of a map. */
const ENTRY = Symbol("entry");

type Pattern = readonly (string | typeof ITEM | typeof ENTRY)[];

const PROVIDER: Pattern = ["providers", ITEM];
const KEY: Pattern = [...PROVIDER, "api_keys", ITEM];
const CLIENT_TOKEN: Pattern = ["auth", "client_tokens", ITEM];

/** What a credential is for. */
export type SecretKind =
  | "admin token"
  | "client token"
  | "key"
  | "header"
  | "proxy"
  | "webhook url"
  | "webhook secret"
  | "webhook header";

/** References such as `{ env: NAME }` stand one level deeper and are none; the values of headers may be some. */
const SECRET_FIELDS: readonly (readonly [SecretKind, Pattern])[] = [
  ["admin token", ["auth", "admin_token"]],
  ["client token", CLIENT_TOKEN],
  ["client token", [...CLIENT_TOKEN, "token"]],
  ["key", KEY],
  ["key", [...KEY, "key"]],
  ["header", [...KEY, "headers", ENTRY]],
  ["header", [...PROVIDER, "headers", ENTRY]],
  ["header", [...PROVIDER, "custom_headers", ENTRY]],
  ["proxy", ["proxies", "urls", ITEM]],
  ["proxy", [...PROVIDER, "proxies", ITEM]],
  ["proxy", [...KEY, "proxies", ITEM]],
  ["webhook url", ["webhooks", ITEM, "url"]],
  ["webhook secret", ["webhooks", ITEM, "secret"]],
  ["webhook header", ["webhooks", ITEM, "headers", ENTRY]],
];

/** What the text of this field is a credential for; undefined for a field that holds none. */
export function secretKindOf(path: FieldPath): SecretKind | undefined {
  return SECRET_FIELDS.find(([, pattern]) => pattern.length === path.length && pattern.every(fits(path)))?.[0];
}

/** The text of this field is a credential, or may be one. */
export function isSecretField(path: FieldPath): boolean {
  return secretKindOf(path) !== undefined;
}

/** What is written here is a list or map of credentials. */
export function isListOfSecrets(path: FieldPath): boolean {
  return SECRET_FIELDS.some(
    ([, pattern]) =>
      pattern.length === path.length + 1 &&
      typeof pattern.at(-1) === "symbol" &&
      pattern.slice(0, -1).every(fits(path)),
  );
}

/** The value at this path is a credential or contains one; what it refers to is not. */
export function holdsSecret(path: FieldPath, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item, index) => holdsSecret([...path, index], item));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).some(([name, inside]) => holdsSecret([...path, name], inside));
  }
  return value !== null && value !== undefined && isSecretField(path);
}

function fits(path: FieldPath): (step: Pattern[number], index: number) => boolean {
  return (step, index) => {
    const given = path[index];
    if (step === ITEM) return typeof given === "number";
    return step === ENTRY ? typeof given === "string" : given === step;
  };
}
