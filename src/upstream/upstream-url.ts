// Joins a provider's base URL and what a client asked for, without ever leaving that base.
import type { ProviderConfig } from "../config/config.ts";

/** What follows the base. `rest`: what stood after `/v1`, or the native path; `query`: empty, or begins with `?`. */
export interface UpstreamTarget {
  readonly native: boolean;
  readonly rest: string;
  readonly query: string;
  readonly model?: string;
}

type Base = Pick<ProviderConfig, "dialect" | "baseUrl" | "nativeBaseUrl" | "apiVersion">;

// What may stand in a request target (RFC 9112, 3.2); a `#` or a control character could cut it short on the way.
const TARGET = /^[\x21\x22\x24-\x7e]*$/;
const MAX_DECODINGS = 4;
/** Segments that begin with no dot and hold nothing that could be an encoded one: most paths, and safe at a glance. */
const PLAIN_PATH = /^(?:\/[\w~:@-][\w.~:@-]*)*\/?$/;

// Operations that Azure serves per deployment; the rest lives beside them. Source: the azure client of the openai
// package, which rewrites the same paths (learn.microsoft.com/azure/ai-services/openai/reference).
const DEPLOYMENT_PATHS: ReadonlySet<string> = new Set([
  "/completions",
  "/chat/completions",
  "/embeddings",
  "/audio/transcriptions",
  "/audio/translations",
  "/audio/speech",
  "/images/generations",
  "/images/edits",
]);

/**
 * Origin and path (with query) of the upstream call, every byte of `rest` and `query` as it came; undefined where the
 * result could lie outside the base URL (dot segments in any encoding) or is no valid target. With an `api_version`,
 * Azure's paths go to `/openai/deployments/{model}`, or to `/openai` for what no deployment serves, in place of the
 * base's `/openai/v1`; the client's own `api-version` wins.
 */
export function upstreamUrl(
  provider: Base,
  target: UpstreamTarget,
): { readonly origin: string; readonly path: string } | undefined {
  const { rest, query, native } = target;
  if (!isSafePath(rest) || (query !== "" && !TARGET.test(query))) return undefined;
  const bases = basesOf(provider);
  const { origin, base } = native ? bases.native : bases.usual;
  if (provider.dialect !== "azure" || provider.apiVersion === undefined) {
    return { origin, path: (base + rest || "/") + query };
  }
  // Azure's v1 API refuses a dated version (answers of openai.azure.com).
  if (native && /^\/openai\/v1(?:\/|$)/.test(rest)) return { origin, path: base + rest + query };
  const versioned = withApiVersion(query, provider.apiVersion);
  if (native) return { origin, path: base + rest + versioned };
  const root = `${base.replace(/(?:\/openai)?(?:\/v1)?$/, "")}/openai`;
  if (!DEPLOYMENT_PATHS.has(rest) || target.model === undefined) return { origin, path: root + rest + versioned };
  const deployment = `/${encodeURIComponent(target.model.toWellFormed())}`;
  if (!isSafePath(deployment)) return undefined;
  return { origin, path: `${root}/deployments${deployment}${rest}${versioned}` };
}

interface BaseParts {
  readonly origin: string;
  /** Without slashes at its end. */
  readonly base: string;
}

interface Bases {
  readonly usual: BaseParts;
  readonly native: BaseParts;
}

/** Parsed once for each configuration, which never changes. */
const knownBases = new WeakMap<Base, Bases>();

function basesOf(provider: Base): Bases {
  const known = knownBases.get(provider);
  if (known !== undefined) return known;
  const bases = { usual: splitBase(provider.baseUrl), native: splitBase(provider.nativeBaseUrl) };
  knownBases.set(provider, bases);
  return bases;
}

function splitBase(url: string): BaseParts {
  const { origin, pathname } = new URL(url);
  return { origin, base: pathname.replace(/\/+$/, "") };
}

function isSafePath(path: string): boolean {
  if (PLAIN_PATH.test(path)) return true;
  if (path !== "" && !path.startsWith("/")) return false;
  if (!TARGET.test(path) || path.includes("?")) return false;
  const decoded = decodeSeparators(path);
  if (decoded === undefined) return false;
  return decoded.split("/").every((segment) => !isDotSegment(segment));
}

/** Every spelling of `.`, `/` and `\` undone, repeatedly, as a chain of servers might do; undefined if it never ends. */
function decodeSeparators(path: string): string | undefined {
  let text = path;
  for (let round = 0; round < MAX_DECODINGS; round += 1) {
    const next = text
      .replace(/%2e/gi, ".")
      .replace(/%2f|%5c|\\/gi, "/")
      .replace(/%25/g, "%");
    if (next === text) return text;
    text = next;
  }
  return undefined;
}

/** `.` and `..`, also with a path parameter, which some servers cut off before they resolve dots (`..;x`). */
function isDotSegment(segment: string): boolean {
  return /^\.{1,2}(?:;|$)/.test(segment);
}

function withApiVersion(query: string, apiVersion: string): string {
  if (/[?&]api-version=/.test(query)) return query;
  const own = `api-version=${encodeURIComponent(apiVersion)}`;
  return query.length > 1 ? `${query}&${own}` : `?${own}`;
}
