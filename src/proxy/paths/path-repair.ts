// Undoes the usual mistakes in base URLs: the prefix and the endpoint are mended, ids never.
import { FIXED_PREFIXES } from "./exact-path.ts";
import { matchTemplate, type TemplateMatch } from "./match-template.ts";
import { repairNativeBase } from "./native-repair.ts";
import { OPERATION_ROWS } from "./operation-table.ts";
import { findProvider, type ProviderName, type ProviderNames } from "./provider-names.ts";

/** Endpoints that are found pasted into a base URL, to which a client then adds its own. */
const PASTED_ENDPOINTS: readonly (readonly string[])[] = [
  ["chat", "completions"],
  ["completions"],
  ["embeddings"],
  ["responses"],
  ["messages"],
];
/** Prefixes that other servers have in place of `/v1`; longer ones first. */
const VERSION_PREFIXES: readonly (readonly string[])[] = [
  ["api", "v1"],
  ["v1beta", "openai"],
  ["v1", "openai"],
  ["v1"],
];
/** What nearly every request asks for needs no look at its segments. */
const EXACT_PATHS: ReadonlySet<string> = new Set(OPERATION_ROWS.map(({ template }) => `/v1/${template}`));
const MAX_PASTED = 4;

interface Prefix {
  readonly segments: readonly string[];
  /** Where the first segment after it is. */
  readonly next: number;
  /** Where its native paths could follow. */
  readonly provider: ProviderName | undefined;
}

/**
 * The path with its mistakes undone; undefined where there is none to undo. Repairing the result again changes nothing,
 * and it names the same provider as before, or none as before.
 */
export function repairPath(path: string, names: ProviderNames): string | undefined {
  if (!path.startsWith("/") || EXACT_PATHS.has(path)) return undefined;
  const segments = path.split("/").slice(1);
  const prefix = readPrefix(segments, names);
  const repaired =
    repairBase(segments, prefix) ??
    repairVersioned(segments, prefix) ??
    repairNative(segments, prefix) ??
    addVersion(segments, prefix);
  return repaired === undefined || repaired === path ? undefined : repaired;
}

function readPrefix(segments: readonly string[], names: ProviderNames): Prefix {
  const at = skipEmpty(segments, 0);
  const first = segments[at] ?? "";
  const provider = findProvider(names, first);
  const fixed = first.toLowerCase();
  if (!FIXED_PREFIXES.has(fixed)) {
    return provider === undefined
      ? { segments: [], next: at, provider }
      : { segments: [first], next: at + 1, provider };
  }
  const own = provider === undefined ? fixed : first;
  const secondAt = skipEmpty(segments, at + 1);
  const second = segments[secondAt] ?? "";
  if (findProvider(names, second) === undefined) {
    return { segments: [own], next: at + 1, provider: provider ?? findProvider(names, fixed) };
  }
  return { segments: [own, second], next: secondAt + 1, provider: undefined };
}

function repairBase(segments: readonly string[], { segments: prefix, next, provider }: Prefix): string | undefined {
  const repaired = provider && repairNativeBase(segments.slice(next), provider);
  return repaired && `/${[...prefix, ...repaired].join("/")}`;
}

/** `/v1` is there, perhaps misspelt or twice: the rest is mended where it is a known operation, and else kept. */
function repairVersioned(segments: readonly string[], prefix: Prefix): string | undefined {
  const next = skipVersions(segments, prefix.next);
  if (next === prefix.next) return undefined;
  const rest = segments.slice(next);
  return joinPath(prefix, "v1", knownOperation(rest)?.segments ?? dropLeadingEmpty(rest));
}

function repairNative(segments: readonly string[], prefix: Prefix): string | undefined {
  for (const native of prefix.provider?.nativePrefixes ?? []) {
    const next = skipAll(segments, prefix.next, native.split("/"), false);
    if (next !== undefined) return joinPath(prefix, native, dropLeadingEmpty(segments.slice(next)));
  }
  return undefined;
}

function addVersion(segments: readonly string[], prefix: Prefix): string | undefined {
  const known = knownOperation(segments.slice(prefix.next));
  return known === undefined ? undefined : joinPath(prefix, "v1", known.segments);
}

function joinPath(prefix: Prefix, version: string, rest: readonly string[]): string {
  return `/${[...prefix.segments, version, ...rest].join("/")}`;
}

/** The operation that the rest of a path means, in the table's spelling. */
function knownOperation(rest: readonly string[], pasted = 0): TemplateMatch | undefined {
  if (pasted > MAX_PASTED || lacksId(rest)) return undefined;
  const own = ownOperation(rest);
  const endpoint = PASTED_ENDPOINTS.find((candidate) => skipAll(rest, 0, candidate, true) !== undefined);
  if (endpoint === undefined || (own !== undefined && isBelow(own, endpoint))) return own;
  const next = skipAll(rest, 0, endpoint, true) ?? 0;
  return knownOperation(rest.slice(skipVersions(rest, next)), pasted + 1) ?? own;
}

/** `messages/batches` is an operation of its own, not `batches` after a pasted `messages`. */
function isBelow({ row }: TemplateMatch, endpoint: readonly string[]): boolean {
  const next = row.template.split("/")[endpoint.length];
  return next !== undefined && !next.startsWith("{");
}

/** An empty segment may be an id that was not filled in: `threads//runs` must not become `threads/runs`. */
function lacksId(rest: readonly string[]): boolean {
  const trimmed = dropEmptyEnds(rest);
  return trimmed.includes("") && matchTemplate(trimmed, "with-holes") !== undefined;
}

function ownOperation(rest: readonly string[]): TemplateMatch | undefined {
  const trimmed = dropEmptyEnds(rest);
  const [first = "", second = ""] = trimmed.map((segment) => segment.toLowerCase());
  if (first === "models") return matchTemplate(["models", ...dropEmptyEnds(trimmed.slice(1))], "any-case");
  if (trimmed.length === 2 && first === "chat" && second === "completion")
    return matchTemplate(["chat", "completions"]);
  return matchTemplate(
    trimmed.filter((segment) => segment !== ""),
    "any-case",
  );
}

function skipVersions(segments: readonly string[], from: number): number {
  let at = from;
  for (;;) {
    // What is left stands after `v1`, where another `openai` would be taken for a part of the version again.
    const next = skipVersion(segments, at) ?? (at > from ? skipAll(segments, at, ["openai"], true) : undefined);
    if (next === undefined) return at;
    at = next;
  }
}

function skipVersion(segments: readonly string[], from: number): number | undefined {
  for (const version of VERSION_PREFIXES) {
    const next = skipAll(segments, from, version, true);
    if (next !== undefined) return next;
  }
  return undefined;
}

/** The index after `wanted`, which may have empty segments before and in it; undefined where it is not there. */
function skipAll(
  segments: readonly string[],
  from: number,
  wanted: readonly string[],
  anyCase: boolean,
): number | undefined {
  let at = from;
  for (const want of wanted) {
    at = skipEmpty(segments, at);
    const segment = segments[at];
    if ((anyCase ? segment?.toLowerCase() : segment) !== want) return undefined;
    at += 1;
  }
  return at;
}

function skipEmpty(segments: readonly string[], from: number): number {
  let at = from;
  while (segments[at] === "") at += 1;
  return at;
}

function dropLeadingEmpty(segments: readonly string[]): readonly string[] {
  const first = skipEmpty(segments, 0);
  // Of a path that ends here one slash is kept: it is no known operation.
  return first === segments.length && first > 0 ? [""] : segments.slice(first);
}

function dropEmptyEnds(segments: readonly string[]): readonly string[] {
  const end = segments.findLastIndex((segment) => segment !== "") + 1;
  return segments.slice(Math.min(skipEmpty(segments, 0), end), end);
}
