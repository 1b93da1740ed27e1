// Finds the secrets that a configuration contains or refers to.

import { splitList } from "./coerce-text.ts";
import type { FieldPath } from "./field-path.ts";
import type { SecretInput } from "./fields.ts";
import { unset } from "./interpolate.ts";
import type { LoadContext } from "./load-context.ts";
import { readNamedFile } from "./read-named-file.ts";

/** What every header can carry and no list separates. */
const UNUSABLE = "expected printable ASCII characters without spaces";
const USABLE = /^[\x21-\x7e]+$/;

/**
 * The secrets that one field stands for: several where a variable or file holds a list.
 * Undefined after an error, which is reported; empty if the variable or file is.
 */
export function resolveSecrets(
  input: SecretInput,
  path: FieldPath,
  context: LoadContext,
): readonly string[] | undefined {
  if (context.list.touchesBroken(path)) return undefined;
  const found = lookUp(input, path, context);
  if (found === undefined) return undefined;
  if (found.every((secret) => USABLE.test(secret))) return found;
  const isEmpty = found.some((secret) => secret === "");
  context.list.error(path, isEmpty ? "expected a secret, got an empty string" : UNUSABLE);
  return undefined;
}

/** The only secret that a field stands for; undefined after an error, which is reported. */
export function resolveSecret(input: SecretInput, path: FieldPath, context: LoadContext): string | undefined {
  const found = resolveSecrets(input, path, context);
  if (found === undefined || found.length === 1) return found?.[0];
  context.list.error(
    path,
    found.length === 0 ? "expected a secret, got an empty text" : `expected one secret, got ${found.length}`,
  );
  return undefined;
}

/** The entries of a list of secrets: one per line, `#` begins a comment. */
export function secretLines(text: string): string[] {
  return splitList(text.replace(/(^|\s)#.*$/gm, ""));
}

function lookUp(input: SecretInput, path: FieldPath, context: LoadContext): readonly string[] | undefined {
  if (typeof input === "string") return context.isReplaced(path) ? splitList(input) : [input.trim()];
  if ("env" in input) {
    const text = context.env[input.env];
    if (text !== undefined) return splitList(text);
    context.list.error(path, unset(input.env));
    return undefined;
  }
  const file = readNamedFile(input.file, context.files);
  if (file.ok) return secretLines(file.text);
  context.list.error(path, file.reason);
  return undefined;
}
