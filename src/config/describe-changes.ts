// Says what a reload changed, by the names of settings and providers, without values.

import { isDeepStrictEqual } from "node:util";
import type { Config, KeyConfig, ProviderConfig } from "./config.ts";
import { count } from "./describe-value.ts";
import { SERVER_FIELDS_AT_START } from "./fields-at-start.ts";
import type { WebhookConfig } from "./webhook-config.ts";

/** One line per change, for example `provider deepseek: added`; empty if the two do the same. */
export function describeChanges(old: Config, next: Config): readonly string[] {
  return [
    ...sections(old, next),
    ...(isDeepStrictEqual(old.outboundHealth, next.outboundHealth) ? [] : ["proxies.check: changed"]),
    ...(old.strategy === next.strategy ? [] : ["strategy: changed"]),
    ...(old.defaultProvider === next.defaultProvider ? [] : ["default provider: changed"]),
    ...providers(old.providers, next.providers),
    ...(isDeepStrictEqual(old.prices, next.prices) ? [] : ["usage.prices: changed"]),
    ...(isDeepStrictEqual([...old.models], [...next.models]) ? [] : ["models: changed"]),
    ...webhooks(old.webhooks, next.webhooks),
  ];
}

/** The same for two that differ in their keys only, which may be many. */
export function describeKeyChanges(old: Config, next: Config): readonly string[] {
  const before = new Map(old.providers.map((provider) => [provider.name, provider]));
  return next.providers.flatMap((provider) => {
    const previous = before.get(provider.name);
    if (previous === undefined || isSameList(previous.keys, provider.keys)) return [];
    return [`provider ${provider.name}: ${keyChange(previous, provider)} changed`];
  });
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function sections(old: Config, next: Config): readonly string[] {
  const named = ["server", "auth", "retry", "queue", "health", "requests", "logging", "metrics"] as const;
  return named.flatMap((section) =>
    changedFields(withoutPlaces(old[section]), withoutPlaces(next[section])).map((field) => {
      const note =
        section === "server" && SERVER_FIELDS_AT_START.some((name) => name === field)
          ? " (in effect after a restart)"
          : "";
      return `${section}.${snakeCase(field)}: changed${note}`;
    }),
  );
}

/** A client token that stands on another line is the same. */
function withoutPlaces<Section extends object>(section: Section): Section {
  if (!("clientTokens" in section)) return section;
  const { clientTokens } = section as Pick<Config["auth"], "clientTokens">;
  return { ...section, clientTokens: clientTokens.map((token) => ({ ...token, source: undefined })) };
}

function providers(old: readonly ProviderConfig[], next: readonly ProviderConfig[]): readonly string[] {
  const before = new Map(old.map((provider) => [provider.name, provider]));
  const after = new Set(next.map(({ name }) => name));
  const removed = old.filter(({ name }) => !after.has(name)).map(({ name }) => `provider ${name}: removed`);
  const others = next.flatMap((provider) => {
    const previous = before.get(provider.name);
    if (previous === undefined) return [`provider ${provider.name}: added with ${count(provider.keys.length, "key")}`];
    const changes = changedFields(comparable(previous), comparable(provider)).map((field) =>
      field === "keys" ? keyChange(previous, provider) : snakeCase(field),
    );
    return changes.length === 0 ? [] : [`provider ${provider.name}: ${changes.join(", ")} changed`];
  });
  return [...removed, ...others];
}

function webhooks(old: readonly WebhookConfig[], next: readonly WebhookConfig[]): readonly string[] {
  const before = new Map(old.map((webhook) => [webhook.name, webhook]));
  const after = new Set(next.map(({ name }) => name));
  const removed = old.filter(({ name }) => !after.has(name)).map(({ name }) => `webhook ${name}: removed`);
  const others = next.flatMap((webhook) => {
    const previous = before.get(webhook.name);
    if (previous === undefined) return [`webhook ${webhook.name}: added`];
    const changes = changedFields(previous, webhook).map(snakeCase);
    return changes.length === 0 ? [] : [`webhook ${webhook.name}: ${changes.join(", ")} changed`];
  });
  return [...removed, ...others];
}

function keyChange(old: ProviderConfig, next: ProviderConfig): string {
  const before = new Map(old.keys.map((key) => [key.id, key]));
  const after = new Map(next.keys.map((key) => [key.id, key]));
  const added = next.keys.filter(({ id }) => !before.has(id)).length;
  const removed = old.keys.filter(({ id }) => !after.has(id)).length;
  const others = next.keys.filter((key) => {
    const previous = before.get(key.id);
    return previous !== undefined && !isSameKey(previous, key, old, next);
  }).length;
  if (added + removed + others === 0) return "order of keys";
  return `keys (${added} added, ${removed} removed${others === 0 ? "" : `, ${others} with other settings`})`;
}

function isSameKey(a: KeyConfig, b: KeyConfig, old: ProviderConfig, next: ProviderConfig): boolean {
  return a === b || isDeepStrictEqual(comparableKey(a, old), comparableKey(b, next));
}

function changedFields<T extends object>(old: T, next: T): string[] {
  const fields = new Set([...Object.keys(old), ...Object.keys(next)]);
  return [...fields].filter((field) => !isDeepStrictEqual(old[field as keyof T], next[field as keyof T]));
}

/**
 * Where a key or a rule is written says nothing of what it does: its line may have moved. Limits that it inherits are the
 * provider's.
 */
function comparable(provider: ProviderConfig): object {
  const keys = provider.keys.map((key) => comparableKey(key, provider));
  const rules = provider.rules.map((rule) => ({ ...rule, name: undefined }));
  return { ...provider, keys, rules, statedLimits: undefined };
}

function comparableKey(key: KeyConfig, { limits }: ProviderConfig): object {
  const isHeir = key.limits === limits?.limits && key.modelLimits === limits?.modelLimits;
  return { ...key, source: undefined, ...(isHeir ? { limits: undefined, modelLimits: undefined } : {}) };
}

/** The name as it stands in the file: without the unit that ours end in. */
function snakeCase(field: string): string {
  if (field === "outbound") return "proxies";
  if (field === "isPublic") return "public";
  return field.replace(/(Ms|Bytes)$/, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
