// The routes in their exact form: which of them a path is, before any repair.
import { isGeminiMethod } from "./native-operations.ts";
import { findProvider, hasEncodedSeparator, type ProviderName, type ProviderNames } from "./provider-names.ts";

/**
 * `rest`: what follows `/v1`, bytes as sent; it begins with `/`, or is empty for a bare `/v1`. `path`: the whole native
 * path, which begins with `/` and the native prefix.
 */
export type ExactPath =
  | { readonly kind: "default"; readonly rest: string }
  | { readonly kind: "provider"; readonly provider: string; readonly rest: string }
  | { readonly kind: "native"; readonly provider: string; readonly path: string }
  | { readonly kind: "admin-read"; readonly name: AdminRead }
  /** `name`: what follows `/admin/api/`. */
  | { readonly kind: "admin-api"; readonly name: string }
  /** `below`: what follows `/admin`. */
  | { readonly kind: "admin-page"; readonly below: string }
  /** Where another program of this kind has its pages, for bookmarks. */
  | { readonly kind: "old-page"; readonly path: string }
  | { readonly kind: "health" | "ready" | "metrics" }
  | { readonly kind: "error"; readonly code: "provider_not_found" | "invalid_path" | "not_found" };

export type AdminRead = "providers" | "providers/status" | "keys/list";

/** Prefixes that may stand before `/v1` or a provider, and are providers only where one has that name or path. */
export const FIXED_PREFIXES: ReadonlySet<string> = new Set(["hf", "openai"]);

const ADMIN_READS: ReadonlyMap<string, AdminRead> = new Map([
  ["/providers", "providers"],
  ["/providers/status", "providers/status"],
  ["/keys/list", "keys/list"],
]);
const ADMIN = "/admin";
const ADMIN_API = "/admin/api/";
/** No provider can have these: see config/check-provider-names.ts. */
const OLD_PAGES: ReadonlySet<string> = new Set(["/", "/keys", "/config", "/logs"]);
/** How many segments a prefix has at most. */
const PREFIX_SEGMENTS = 3;

/** Matches a path (without its query) against the routes. */
export function exactPath(path: string, names: ProviderNames): ExactPath {
  if (path.startsWith("/v1/")) return belowV1(path.slice(3), undefined);
  if (path === "/health") return { kind: "health" };
  if (path === "/ready") return { kind: "ready" };
  if (path === "/metrics") return { kind: "metrics" };
  if (path.startsWith(ADMIN_API)) return { kind: "admin-api", name: path.slice(ADMIN_API.length) };
  if (path === "/admin/api") return { kind: "admin-api", name: "" };
  if (path === ADMIN || path.startsWith("/admin/")) return { kind: "admin-page", below: path.slice(ADMIN.length) };
  if (OLD_PAGES.has(path)) return { kind: "old-page", path };
  if (!path.startsWith("/")) return { kind: "error", code: "not_found" };
  const [, first = "", second = "", third = ""] = path.split("/", PREFIX_SEGMENTS + 1);
  if (first === "v1") return belowV1(path.slice(3), undefined);
  const provider = findProvider(names, first);
  const below = path.slice(1 + first.length);
  if (provider !== undefined && isNative(provider, below)) {
    return { kind: "native", provider: provider.name, path: below };
  }
  const isFixed = FIXED_PREFIXES.has(first);
  if (second === "v1") return isFixed || provider !== undefined ? ofFirst(below, provider, isFixed) : missing([first]);
  if (!isFixed || third !== "v1") return missing([first, second, third], "not_found");
  const named = findProvider(names, second);
  if (named === undefined) return missing([second]);
  return { kind: "provider", provider: named.name, rest: below.slice(1 + second.length + "/v1".length) };
}

function ofFirst(below: string, provider: ProviderName | undefined, isFixed: boolean): ExactPath {
  const rest = below.slice("/v1".length);
  if (isFixed) return belowV1(rest, provider);
  return provider === undefined
    ? { kind: "error", code: "provider_not_found" }
    : { kind: "provider", provider: provider.name, rest };
}

function belowV1(rest: string, provider: ProviderName | undefined): ExactPath {
  const name = ADMIN_READS.get(rest);
  if (name !== undefined) return { kind: "admin-read", name };
  return provider === undefined ? { kind: "default", rest } : { kind: "provider", provider: provider.name, rest };
}

function isNative(provider: ProviderName, below: string): boolean {
  if (provider.isGoogle === true && isGeminiMethod(below)) return true;
  return provider.nativePrefixes.some((prefix) => below === `/${prefix}` || below.startsWith(`/${prefix}/`));
}

function missing(
  segments: readonly string[],
  code: "provider_not_found" | "not_found" = "provider_not_found",
): ExactPath {
  return { kind: "error", code: segments.some(hasEncodedSeparator) ? "invalid_path" : code };
}
