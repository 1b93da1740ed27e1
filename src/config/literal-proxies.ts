// Finds the outbound proxies whose URLs stand in the config file itself.
import { parse } from "yaml";
import { type FieldPath, pathText } from "./field-path.ts";
import { parseOutboundProxy } from "./outbound-proxy.ts";

/** `path`: as `config set` takes it. `isLast`: its list has no other entry. */
export interface LiteralProxy {
  readonly id: string;
  readonly path: string;
  readonly isLast: boolean;
}

/** In the order of the file; nothing for a text that is no configuration. */
export function literalProxies(text: string): readonly LiteralProxy[] {
  const tree = treeOf(text);
  const lists: (readonly [FieldPath, unknown])[] = [[["proxies", "urls"], at(tree, "proxies", "urls")]];
  for (const [index, provider] of itemsOf(at(tree, "providers")).entries()) {
    lists.push([["providers", index, "proxies"], at(provider, "proxies")]);
    for (const [place, key] of itemsOf(at(provider, "api_keys")).entries()) {
      lists.push([["providers", index, "api_keys", place, "proxies"], at(key, "proxies")]);
    }
  }
  return lists.flatMap(([path, list]) => inList(itemsOf(list), path));
}

function inList(items: readonly unknown[], path: FieldPath): readonly LiteralProxy[] {
  return items.flatMap((item, index) => {
    const reading = typeof item === "string" ? parseOutboundProxy(item.trim()) : undefined;
    if (reading?.ok !== true) return [];
    return [{ id: reading.proxy.id, path: pathText([...path, index]), isLast: items.length === 1 }];
  });
}

function treeOf(text: string): unknown {
  try {
    return parse(text, { logLevel: "silent" });
  } catch {
    return undefined;
  }
}

function at(node: unknown, ...names: readonly string[]): unknown {
  let value = node;
  for (const name of names) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
