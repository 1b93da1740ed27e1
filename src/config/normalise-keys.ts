// Makes the keys of a provider of what was written about them.

import { keyIdOf } from "../core/ids.ts";
import { onceForEach } from "../core/once-for-each.ts";
import { maskSecret } from "../core/redaction.ts";
import type { KeyConfig, KeyLimits } from "./config.ts";
import { count } from "./describe-value.ts";
import type { FieldPath } from "./field-path.ts";
import type { SecretInput } from "./fields.ts";
import { inheritLimits } from "./inherit-limits.ts";
import type { ResolvedLimits } from "./limits-schema.ts";
import type { LoadContext } from "./load-context.ts";
import { normaliseLimits } from "./normalise-limits.ts";
import { normaliseOwnProxies } from "./normalise-proxies.ts";
import type { OutboundConfig } from "./outbound-proxy.ts";
import type { RawKey } from "./provider-schema.ts";
import { readNamedFile } from "./read-named-file.ts";
import type { ResolvedProvider } from "./resolve-provider.ts";
import { resolveSecrets, secretLines } from "./resolve-secret.ts";
import type { Source } from "./source.ts";
import type { StoredKey } from "./stored-key.ts";

/** What is written about a key besides its secret. */
type KeySettings = Readonly<Partial<Omit<Extract<RawKey, { readonly key: SecretInput }>, "key" | "models">>> & {
  readonly models?: readonly string[] | undefined;
};

interface FoundKey {
  readonly secret: string;
  readonly settings: KeySettings;
  readonly path: FieldPath;
  readonly source: Source;
  readonly outbound?: OutboundConfig | undefined;
}

/** The keys in the order in which they are written, then those that were added by command; each once. */
export function normaliseKeys(provider: ResolvedProvider, path: FieldPath, context: LoadContext): readonly KeyConfig[] {
  if (provider.auth_header === "none") return [anonymous(provider)];
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
  const written = withNames(kept.map((key) => keyConfig(provider.name, key, limitsOf(key, provider))));
  const { name, limits: statedLimits } = provider;
  return withStoredKeys({ name, statedLimits }, written, context.stored.keys);
}

/** What stored keys take from their provider. */
interface KeyOwner {
  readonly name: string;
  readonly statedLimits?: ResolvedLimits | undefined;
}

/**
 * The keys of a provider with those of the store behind them. A key that is written elsewhere too counts as that one,
 * and so does a name: the stored key gets its id behind it.
 */
export function withStoredKeys(
  provider: KeyOwner,
  written: readonly KeyConfig[],
  stored: readonly StoredKey[],
): readonly KeyConfig[] {
  const taken = new Set(written.map(({ id }) => id));
  const names = new Set(written.map(({ name }) => name));
  const configOf = provider.statedLimits === undefined ? storedKeyConfig : limitedKeyConfig(provider.statedLimits);
  const added = stored.flatMap((key) => {
    if (key.provider !== provider.name) return [];
    const found = configOf(key);
    if (taken.has(found.id)) return [];
    taken.add(found.id);
    const named = names.has(found.name) ? { ...found, name: withId(found.name, found.id) } : found;
    names.add(named.name);
    return [named];
  });
  return [...written, ...added];
}

/**
 * A stored key as it is configured, without what it inherits. A large store is merged again with every key that is
 * added to it: what is made of a key is kept.
 */
export const storedKeyConfig = onceForEach((key: StoredKey): KeyConfig => {
  const { provider, secret } = key;
  const made = keyConfig(provider, { secret, settings: key, path: [], source: { kind: "key-store" } });
  const dated = { ...made, addedAt: key.added_at };
  return made.name === "" ? { ...dated, name: maskSecret(secret) } : dated;
});

/** The same with its limits, completed by those of its provider. */
const limitedKeyConfig = onceForEach((around: ResolvedLimits) =>
  onceForEach((key: StoredKey) => withLimits(storedKeyConfig(key), inheritLimits(key.limits, around))),
);

function withLimits(key: KeyConfig, limits: ResolvedLimits): KeyConfig {
  return { ...key, ...normaliseLimits(limits) };
}

function anonymous(provider: ResolvedProvider): KeyConfig {
  const key = { secret: "", settings: { name: "anonymous" }, path: [], source: { kind: "default" } } as const;
  return keyConfig(provider.name, key, limitsOf(key, provider));
}

function limitsOf({ settings }: FoundKey, provider: ResolvedProvider): KeyLimits | undefined {
  return normaliseLimits(inheritLimits(settings.limits, provider.limits));
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
    const outbound = isMap ? normaliseOwnProxies(entry.proxies, entryPath, context) : undefined;
    return secrets.map((secret, position) => ({
      secret,
      settings: numbered(settings, position, secrets),
      path: entryPath,
      outbound,
      source: context.originOf(entryPath),
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
  const source = { kind: "keys-file", file: provider.keys_file } as const;
  return lines.map((secret) => ({ secret, settings: {}, path: fieldPath, source }));
}

function reportDoubleNames(keys: readonly FoundKey[], { list }: LoadContext): void {
  const seen = new Set<string>();
  for (const { settings, path } of keys) {
    if (settings.name === undefined) continue;
    if (seen.has(settings.name)) list.error([...path, "name"], "is already the name of another key of this provider");
    seen.add(settings.name);
  }
}

function keyConfig(provider: string, { secret, settings, source, outbound }: FoundKey, limits?: KeyLimits): KeyConfig {
  return {
    id: keyIdOf(provider, secret),
    name: settings.name ?? "",
    secret,
    weight: settings.weight ?? 1,
    priority: settings.priority ?? 0,
    headers: settings.headers ?? {},
    models: settings.models,
    quotaGroup: settings.quota_group,
    limits: limits?.limits,
    modelLimits: limits?.modelLimits,
    ownLimits: settings.limits,
    outbound,
    source,
  };
}

/** Keys without a name get their masked form; where that is taken the id tells them apart. */
function withNames(keys: readonly KeyConfig[]): readonly KeyConfig[] {
  const taken = new Set(keys.map(({ name }) => name));
  return keys.map((key) => {
    if (key.name !== "") return key;
    const masked = maskSecret(key.secret);
    const name = taken.has(masked) ? withId(masked, key.id) : masked;
    taken.add(name);
    return { ...key, name };
  });
}

function withId(name: string, id: string): string {
  return `${name} #${id.slice(0, 6)}`;
}
