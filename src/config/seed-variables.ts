// Reads the variables of a setup without a config file that belong to no single provider.

import { parseDuration } from "../core/durations.ts";
import { parseList, wordOf } from "./coerce-text.ts";
import { describeValue } from "./describe-value.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import type { Environment } from "./interpolate.ts";

/** What a variable says: its value where it goes, or what was expected of it. */
export type SeedReading =
  /** `value`: undefined where it leaves everything as it is. */
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly expects: string };

export interface SeedVariable {
  readonly name: string;
  readonly paths: readonly (readonly string[])[];
  readonly read: (text: string) => SeedReading;
}

const LEVELS: Readonly<Record<string, string>> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
};

export const SEED_VARIABLES: readonly SeedVariable[] = [
  { name: "ALLOWED_TOKENS", paths: [["auth", "client_tokens"]], read: readList },
  { name: "AUTH_TOKEN", paths: [["auth", "admin_token"]], read: (text) => ok(text) },
  { name: "ADMIN_SESSION_EXPIRE", paths: [["auth", "session_ttl"]], read: readSessionTtl },
  { name: "DEFAULT_PROVIDER", paths: [["default_provider"]], read: (text) => ok(text) },
  { name: "MAX_FAILURES", paths: [["max_failures"]], read: readNumber },
  { name: "MAX_RETRIES", paths: [["max_retries"]], read: (text) => retriesOf(Number(text)) },
  {
    name: "TIME_OUT",
    paths: [
      ["timeouts", "first_byte"],
      ["timeouts", "stream_idle"],
    ],
    read: (text) => secondsOf(Number(text)),
  },
  { name: "CHECK_INTERVAL_HOURS", paths: [["health", "check_interval"]], read: (text) => hoursOf(Number(text)) },
  { name: "URL_NORMALIZATION_ENABLED", paths: [["server", "repair_paths"]], read: readBoolean },
  { name: "LOG_LEVEL", paths: [["logging", "level"]], read: readLevel },
  { name: "ERROR_LOG_RECORD_REQUEST_BODY", paths: [["requests", "record_bodies"]], read: readRecording },
  // What switches deletion off stands behind what says when it happens.
  { name: "AUTO_DELETE_ERROR_LOGS_DAYS", paths: [["requests", "retention", "errors"]], read: readDays },
  { name: "AUTO_DELETE_ERROR_LOGS_ENABLED", paths: [["requests", "retention", "errors"]], read: readDeletion },
  { name: "AUTO_DELETE_REQUEST_LOGS_DAYS", paths: [["requests", "retention", "requests"]], read: readDays },
  { name: "AUTO_DELETE_REQUEST_LOGS_ENABLED", paths: [["requests", "retention", "requests"]], read: readDeletion },
];

/** The longest time that `requests.retention` takes: what is never deleted by age goes when the database is full. */
const FOREVER = "3650d";
/** That of `requests.retention.requests`. */
const DEFAULT_REQUESTS = "30d";

/** Those that only say something about the provider that API_KEYS makes. */
export const SEED_PROVIDER_VARIABLES = ["BASE_URL", "CUSTOM_HEADERS", "MODEL_REQUEST_KEY"] as const;

/** Those that say something about every provider that API_KEYS or PROVIDERS_CONFIG makes. */
export const SEED_SHARED_VARIABLES = ["TEST_MODEL", "FILTERED_MODELS"] as const;

/** Puts what the variables say into the tree, and where it came from into the sources. */
export function readSeedVariables(env: Environment, tree: Record<string, unknown>, list: DiagnosticList): void {
  for (const variable of SEED_VARIABLES) {
    const text = env[variable.name];
    if (!text) continue;
    const reading = variable.read(text);
    if (!reading.ok) {
      reportSeed(variable.name, reading.expects, text, list);
      continue;
    }
    if (reading.value === undefined) continue;
    for (const path of variable.paths) {
      place(tree, path, reading.value);
      list.sources.set(path, { kind: "variable", name: variable.name });
    }
  }
  keepRequestsOfErrors(tree, list);
  dropSharedAdminToken(tree, list);
}

/** Says that a variable does not hold what it should. */
export function reportSeed(name: string, expects: string, value: unknown, list: DiagnosticList): void {
  const message = `expected ${expects}, got ${describeValue(value)}`;
  list.add({ severity: "error", source: { kind: "variable", name }, path: "", message });
}

/** A list as JSON, or separated by commas or lines. */
export function readList(text: string): SeedReading {
  const items = parseList(text);
  return items === undefined ? { ok: false, expects: "a list, as JSON or separated by commas" } : ok(items);
}

/** Attempts in total, which are one more than retries. */
export function retriesOf(attempts: unknown): SeedReading {
  const isCount = typeof attempts === "number" && Number.isInteger(attempts) && attempts >= 0;
  return isCount ? ok(Math.max(0, attempts - 1)) : { ok: false, expects: "a whole number of attempts" };
}

/** Seconds, possibly with a fraction, as a duration. */
export function secondsOf(seconds: unknown): SeedReading {
  const isTime = typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0;
  return isTime
    ? ok(`${Math.round(seconds * 1000)}ms`.replace(/000ms$/, "s"))
    : { ok: false, expects: "a number of seconds above 0" };
}

/** Hours, possibly with a fraction, as a duration; 0 means never. */
function hoursOf(hours: number): SeedReading {
  const isTime = Number.isFinite(hours) && hours >= 0;
  return isTime ? ok(`${Math.round(hours * 3600)}s`) : { ok: false, expects: "a number of hours, 0 or more" };
}

function ok(value: unknown): SeedReading {
  return { ok: true, value };
}

function readNumber(text: string): SeedReading {
  return /^\s*\d+\s*$/.test(text) ? ok(Number(text)) : { ok: false, expects: "a whole number" };
}

function readBoolean(text: string): SeedReading {
  const value = wordOf(text.trim().toLowerCase());
  return value === undefined ? { ok: false, expects: "true or false" } : ok(value);
}

function readLevel(text: string): SeedReading {
  const level = LEVELS[text.trim().toUpperCase()];
  return level === undefined ? { ok: false, expects: `one of ${Object.keys(LEVELS).join(", ")}` } : ok(level);
}

function readRecording(text: string): SeedReading {
  const reading = readBoolean(text);
  return reading.ok ? ok(reading.value === true ? "on_error" : "off") : reading;
}

function readSessionTtl(text: string): SeedReading {
  const seconds = /^\s*\d+\s*$/.test(text) ? Number(text) : 0;
  const isTime = seconds >= 300 && seconds <= 86_400;
  return isTime ? ok(`${seconds}s`) : { ok: false, expects: "a whole number of seconds from 300 to 86400" };
}

function readDays(text: string): SeedReading {
  const days = /^\s*\d+\s*$/.test(text) ? Number(text) : 0;
  return days >= 1 && days <= 3_650 ? ok(`${days}d`) : { ok: false, expects: "a whole number of days from 1 to 3650" };
}

function readDeletion(text: string): SeedReading {
  const reading = readBoolean(text);
  return reading.ok ? ok(reading.value === true ? undefined : FOREVER) : reading;
}

function place(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) {
    tree[first] = value;
    return;
  }
  const inner = { ...(tree[first] as Record<string, unknown> | undefined) };
  place(inner, rest, value);
  tree[first] = inner;
}

/** Errors were kept apart there; here they belong to their requests, which then stay as long. */
function keepRequestsOfErrors(tree: Record<string, unknown>, list: DiagnosticList): void {
  const { retention } = (tree.requests ?? {}) as { readonly retention?: Readonly<Record<string, string>> };
  const errorsMs = parseDuration(retention?.errors ?? "") ?? 0;
  if (errorsMs <= (parseDuration(retention?.requests ?? DEFAULT_REQUESTS) ?? 0)) return;
  place(tree, ["requests", "retention", "requests"], retention?.errors);
  const source = list.sources.get(["requests", "retention", "errors"]);
  if (source !== undefined) list.sources.set(["requests", "retention", "requests"], source);
}

/** One secret for both would let every client read the state of all keys. */
function dropSharedAdminToken(tree: Record<string, unknown>, list: DiagnosticList): void {
  const auth = tree.auth as Readonly<Record<string, unknown>> | undefined;
  if (!Array.isArray(auth?.client_tokens) || !auth.client_tokens.includes(auth.admin_token)) return;
  list.warning(
    ["auth", "admin_token"],
    "is also a client token, so there is no admin token: give it a value of its own",
  );
  const { admin_token: _, ...others } = auth;
  tree.auth = others;
  list.sources.forget(["auth", "admin_token"]);
}
