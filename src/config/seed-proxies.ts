// Reads the variables about outbound proxies of a setup without a config file.
import { parseList, wordOf } from "./coerce-text.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import type { Environment } from "./interpolate.ts";
import { reportSeed } from "./seed-variables.ts";

const URL = "PROXY_CHECK_URL";
const MIN_INTERVAL_S = 60;
/** What is asked for where the check is on and no URL is given. */
const DEFAULT_CHECK_URL = "https://www.google.com";

/** All of them; without the first the others do nothing. */
export const SEED_PROXY_VARIABLES = [
  "PROXIES",
  "PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY",
  "PROXY_AUTO_CHECK_ENABLED",
  "PROXY_CHECK_INTERVAL_HOURS",
  URL,
  "PROXY_CHECK_TIMEOUT",
  "PROXY_MAX_FAILURES",
] as const;

type Name = (typeof SEED_PROXY_VARIABLES)[number];

/** Puts what the variables say into the tree, and where it came from into the sources. */
export function readSeedProxies(env: Environment, tree: Record<string, unknown>, list: DiagnosticList): void {
  const urls = urlsOf(env.PROXIES, list);
  if (urls.length === 0) return;
  const check: Record<string, unknown> = {};
  const proxies: Record<string, unknown> = { urls };
  list.sources.set(["proxies", "urls"], { kind: "variable", name: "PROXIES" });
  const read = <T>(name: Name, expects: string, parse: (text: string) => T | undefined, put: (value: T) => void) => {
    const text = env[name];
    if (!text) return;
    const value = parse(text.trim());
    if (value === undefined) reportSeed(name, expects, text, list);
    else put(value);
  };
  const put = (into: Record<string, unknown>, path: readonly string[], name: Name) => (value: unknown) => {
    into[path.at(-1) ?? ""] = value;
    list.sources.set(["proxies", ...path], { kind: "variable", name });
  };
  const toggle = (text: string) => wordOf(text.toLowerCase());
  read("PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY", "true or false", toggle, (isBound) =>
    put(proxies, ["bind"], "PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY")(isBound ? "key" : "random"),
  );
  read(
    "PROXY_CHECK_TIMEOUT",
    "a number of seconds above 0",
    secondsOf,
    put(check, ["check", "timeout"], "PROXY_CHECK_TIMEOUT"),
  );
  read("PROXY_MAX_FAILURES", "a whole number", wholeOf, put(check, ["check", "max_failures"], "PROXY_MAX_FAILURES"));
  let isChecked = false;
  read("PROXY_AUTO_CHECK_ENABLED", "true or false", toggle, (isOn) => {
    isChecked = isOn;
  });
  const putInterval = put(check, ["check", "interval"], "PROXY_CHECK_INTERVAL_HOURS");
  // Without the automatic check both are of no use.
  read("PROXY_CHECK_INTERVAL_HOURS", "a number of hours above 0", hoursOf, (value) => isChecked && putInterval(value));
  if (isChecked)
    put(check, ["check", "url"], env[URL] ? URL : "PROXY_AUTO_CHECK_ENABLED")(env[URL]?.trim() || DEFAULT_CHECK_URL);
  tree.proxies = Object.keys(check).length === 0 ? proxies : { ...proxies, check };
}

/** `[]` says that there is none; what is left of a template that was filled with nothing does not. */
function urlsOf(text: string | undefined, list: DiagnosticList): readonly unknown[] {
  if (!text) return [];
  const urls = parseList(text);
  if (Array.isArray(urls) && (urls.length > 0 || text.trimStart().startsWith("["))) return urls;
  reportSeed("PROXIES", "a list, as JSON or separated by commas", text, list);
  return [];
}

function secondsOf(text: string): string | undefined {
  const seconds = Number(text);
  return Number.isFinite(seconds) && seconds > 0 ? `${Math.max(1, Math.round(seconds * 1000))}ms` : undefined;
}

function hoursOf(text: string): string | undefined {
  const hours = Number(text);
  if (!Number.isFinite(hours) || hours <= 0) return undefined;
  return `${Math.max(MIN_INTERVAL_S, Math.round(hours * 3600))}s`;
}

function wholeOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
