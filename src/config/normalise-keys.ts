// Makes the keys of a provider of what was written about them.

import { keyIdOf } from "../core/ids.ts";
import { maskSecret } from "../core/redaction.ts";
import type { KeyConfig } from "./config.ts";
import { count } from "./describe-value.ts";
import type { FieldPath } from "./field-path.ts";
import type { SecretInput } from "./fields.ts";
import type { LoadContext } from "./load-context.ts";
import type { RawKey } from "./provider-schema.ts";
import { readNamedFile } from "./read-named-file.ts";
import type { ResolvedProvider } from "./resolve-provider.ts";
import { resolveSecrets, secretLines } from "./resolve-secret.ts";

/** What is written about a key besides its secret. */
type KeySettings = Omit<Extract<RawKey, { readonly key: SecretInput }>, "key">;

interface FoundKey {
  readonly secret: string;
  readonly settings: KeySettings;
  readonly path: FieldPath;
}

/** The keys in the order in which they are written; each once, however often it is written. */
export function normaliseKeys(provider: ResolvedProvider, path: FieldPath, context: LoadContext): readonly KeyConfig[] {
  if (provider.auth_header === "none") return [anonymous(provider.name)];
  const found = [...keysInPlace(provider, path, context), ...keysInFile(provider, path, context)];
  const first = new Map(found.toReversed().map((key) => [key.secret, key]));
  const kept = found.filter((key) => first.get(key.secret) === key);
  if (kept.length < found.length) {
    const field = provider.api_keys === undefined ? "keys_file" : "api_keys";
    context.list.warning(
      [...path, field],
      `${count(found.length - kept.length, "key")} stand here more than once, one of each is kept`,
    );
  }
  reportDoubleNames(kept, context);
  return withNames(kept.map((key) => keyConfig(provider.name, key)));
}

function anonymous(provider: string): KeyConfig {
  return keyConfig(provider, { secret: "", settings: { name: "anonymous" }, path: [] });
}

function keysInPlace(provider: ResolvedProvider, path: FieldPath, context: LoadContext): FoundKey[] {
  return (provider.api_keys ?? []).flatMap((entry, index) => {
    const entryPath = [...path, "api_keys", index];
    const isMap = typeof entry === "object" && "key" in entry;
    const secretPath = isMap ? [...entryPath, "key"] : entryPath;
    const secrets = resolveSecrets(isMap ? entry.key : entry, secretPath, context) ?? [];
    if (secrets.some((secret) => secret.includes(",")))
      context.list.error(secretPath, "expected one key per entry, got a comma");
    const settings = isMap ? entry : {};
    return secrets.map((secret, position) => ({
      secret,
      settings: numbered(settings, position, secrets),
      path: entryPath,
    }));
  });
}

/** Keys from one variable share their settings, but not their name. */
function numbered(settings: KeySettings, position: number, secrets: readonly string[]): KeySettings {
  return settings.name === undefined || secrets.length === 1
    ? settings
    : { ...settings, name: `${settings.name}-${position + 1}` };
}

function keysInFile(provider: ResolvedProvider, path: FieldPath, context: LoadContext): FoundKey[] {
  if (provider.keys_file === undefined) return [];
  const fieldPath = [...path, "keys_file"];
  const file = readNamedFile(provider.keys_file, context.files);
  if (!file.ok) {
    context.list.error(fieldPath, file.reason);
    return [];
  }
  const lines = secretLines(file.text);
  const unusable = lines.filter((line) => !/^[\x21-\x7e]+$/.test(line)).length;
  if (unusable > 0)
    context.list.error(fieldPath, `expected one key per line of the file, got ${count(unusable, "other line")}`);
  return lines.map((secret) => ({ secret, settings: {}, path: fieldPath }));
}

function reportDoubleNames(keys: readonly FoundKey[], { list }: LoadContext): void {
  const seen = new Set<string>();
  for (const { settings, path } of keys) {
    if (settings.name === undefined) continue;
    if (seen.has(settings.name)) list.error([...path, "name"], "is already the name of another key of this provider");
    seen.add(settings.name);
  }
}

function keyConfig(provider: string, { secret, settings }: FoundKey): KeyConfig {
  return {
    id: keyIdOf(provider, secret),
    name: settings.name ?? "",
    secret,
    weight: settings.weight ?? 1,
    priority: settings.priority ?? 0,
    headers: settings.headers ?? {},
    models: settings.models,
  };
}

/** Keys without a name get their masked form; where that is taken the id tells them apart. */
function withNames(keys: readonly KeyConfig[]): readonly KeyConfig[] {
  const taken = new Set(keys.map(({ name }) => name));
  return keys.map((key) => {
    if (key.name !== "") return key;
    const masked = maskSecret(key.secret);
    const name = taken.has(masked) ? `${masked} #${key.id.slice(0, 6)}` : masked;
    taken.add(name);
    return { ...key, name };
  });
}
