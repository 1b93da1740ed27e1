// Writes one value of the effective configuration, with what is secret in it masked.

import { stringify } from "yaml";
import { maskSecret, type Redactor } from "../core/redaction.ts";
import type { FieldPath } from "./field-path.ts";
import { parseOutboundProxy } from "./outbound-proxy.ts";
import { isSecretField } from "./secret-fields.ts";
import { shownWebhookUrl } from "./webhook-config.ts";

/** A value without values inside as YAML on one line. */
export function yamlScalar(value: unknown): string {
  if (Array.isArray(value)) return "[]";
  if (typeof value === "object" && value !== null) return "{}";
  return stringify(value, { lineWidth: 0, defaultStringType: "PLAIN", blockQuote: false }).trimEnd();
}

/** The same with the text of secret fields hidden, of the URL of a webhook what follows its host, and known secrets wherever else they stand. */
export function maskedText(value: unknown, path: FieldPath, redactor: Redactor): string {
  return yamlScalar(typeof value === "string" ? masked(value, path, redactor) : value);
}

function masked(value: string, path: FieldPath, redactor: Redactor): string {
  if (!isSecretField(path)) return redactor.redact(value);
  if (path[0] === "webhooks" && path.at(-1) === "url") return shownWebhookUrl(value);
  return value
    .split(/([,\s]+)/)
    .map((part, index) => (index % 2 === 0 && part !== "" ? maskedPart(part) : part))
    .join("");
}

/** Of the URL of a proxy only user and password are hidden. */
function maskedPart(part: string): string {
  const reading = parseOutboundProxy(part);
  return reading.ok ? reading.proxy.shown : maskSecret(part);
}
