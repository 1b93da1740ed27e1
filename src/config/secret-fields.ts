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

/** References such as `{ env: NAME }` stand one level deeper and are none; the values of headers may be some. */
const SECRET_FIELDS: readonly Pattern[] = [
  ["auth", "admin_token"],
  CLIENT_TOKEN,
  [...CLIENT_TOKEN, "token"],
  KEY,
  [...KEY, "key"],
  [...KEY, "headers", ENTRY],
  [...PROVIDER, "headers", ENTRY],
  [...PROVIDER, "custom_headers", ENTRY],
  ["proxies", "urls", ITEM],
  [...PROVIDER, "proxies", ITEM],
  [...KEY, "proxies", ITEM],
  ["webhooks", ITEM, "url"],
  ["webhooks", ITEM, "secret"],
  ["webhooks", ITEM, "headers", ENTRY],
];

/** The text of this field is a credential, or may be one. */
export function isSecretField(path: FieldPath): boolean {
  return SECRET_FIELDS.some((pattern) => pattern.length === path.length && pattern.every(fits(path)));
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
