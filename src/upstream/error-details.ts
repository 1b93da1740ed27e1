// Reads the structured details that some providers add to an error: Google's RPC details and OpenRouter's metadata.
import { parseWait } from "./parse-wait.ts";

/** Absent fields were not there. `reason` is a code that stands in the details only. */
export interface ErrorDetails {
  readonly reason?: string;
  readonly retryAfterMs?: number;
  /** Milliseconds since the epoch. */
  readonly retryAt?: number;
  readonly quotaIds?: readonly string[];
  readonly moderated?: boolean;
  readonly raw?: string;
}

type Json = Readonly<Record<string, unknown>>;

const MAX_ENTRIES = 32;
const MAX_WORD_CHARS = 200;
const MAX_RAW_CHARS = 2_048;

/**
 * The details of an error object: `google.rpc.ErrorInfo`, `RetryInfo` and `QuotaFailure` (googleapis
 * google/rpc/error_details.proto), Anthropic's `details.error_code`, OpenRouter's moderation and limit metadata.
 */
export function readDetails(error: Json): ErrorDetails {
  const fromMetadata = isObject(error.metadata) ? readMetadata(error.metadata) : {};
  if (Array.isArray(error.details)) return { ...fromMetadata, ...readRpcDetails(error.details) };
  const code = isObject(error.details) ? wordOf(error.details.error_code) : undefined;
  return code === undefined ? fromMetadata : { ...fromMetadata, reason: code };
}

function readRpcDetails(details: readonly unknown[]): ErrorDetails {
  let found: ErrorDetails = {};
  for (const detail of details.slice(0, MAX_ENTRIES)) {
    if (isObject(detail)) found = { ...readRpcDetail(detail), ...found };
  }
  return found;
}

function readRpcDetail(detail: Json): ErrorDetails {
  const type = typeof detail["@type"] === "string" ? detail["@type"] : "";
  if (type.endsWith("/google.rpc.ErrorInfo")) {
    const reason = wordOf(detail.reason);
    return reason === undefined ? {} : { reason };
  }
  if (type.endsWith("/google.rpc.RetryInfo")) {
    const wait = typeof detail.retryDelay === "string" ? parseWait(detail.retryDelay, "all") : undefined;
    return wait === undefined ? {} : { retryAfterMs: wait };
  }
  if (!type.endsWith("/google.rpc.QuotaFailure") || !Array.isArray(detail.violations)) return {};
  const ids = detail.violations.slice(0, MAX_ENTRIES).flatMap((violation: unknown) => {
    const id = isObject(violation) ? wordOf(violation.quotaId) : undefined;
    return id === undefined ? [] : [id];
  });
  return ids.length === 0 ? {} : { quotaIds: ids };
}

function readMetadata(metadata: Json): ErrorDetails {
  // openrouter.ai/docs/api/reference/errors-and-debugging, moderation errors.
  const isModerated = Array.isArray(metadata.reasons) || typeof metadata.flagged_input === "string";
  const headers = isObject(metadata.headers) ? metadata.headers : {};
  const reset = Number(headers["X-RateLimit-Reset"]);
  return {
    ...(isModerated ? { moderated: true } : {}),
    ...(typeof metadata.raw === "string" ? { raw: metadata.raw.slice(0, MAX_RAW_CHARS) } : {}),
    // In milliseconds since the epoch; anything smaller would be in another unit.
    ...(reset > 1e12 && reset < 1e14 ? { retryAt: reset } : {}),
  };
}

function wordOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_WORD_CHARS) : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
