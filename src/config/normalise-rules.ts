// Makes rules of what was written about them, and reports what does not fit together within one.

import { parseDuration } from "../core/durations.ts";
import { parseClockTime } from "./clock-time.ts";
import type { RuleConfig } from "./config.ts";
import type { FieldPath } from "./field-path.ts";
import type { LoadContext } from "./load-context.ts";
import { areAllProvidersKnown } from "./normalise-models.ts";
import { milliseconds } from "./normalise-timeouts.ts";
import type { RawRule, RawTopRule } from "./rules-schema.ts";
import type { RawConfig } from "./schema.ts";

/** What `for` and `until` are good for. */
const RESTS: readonly RuleConfig["then"][] = ["cool_key", "cool_model", "exhaust"];

/** Reports every contradiction; the result is of use only if there was none. */
export function normaliseRules(
  rules: readonly RawRule[],
  path: FieldPath,
  { list }: LoadContext,
): readonly RuleConfig[] {
  return rules.map((raw, index) => {
    const rulePath = [...path, index];
    checkConditions(raw, rulePath, list);
    checkDuration(raw, rulePath, list);
    return {
      // Its place as written: a provider heeds only some of those of the top level.
      name: `${path.length > 1 ? "provider_rule" : "rule"}_${index + 1}`,
      status: raw.status === undefined ? undefined : [raw.status].flat(),
      code: raw.code === undefined ? undefined : [raw.code].flat(),
      bodyMatches: raw.body_matches === undefined ? undefined : searchFor(raw.body_matches),
      // biome-ignore lint/suspicious/noThenProperty: its value is a word, which nothing can call.
      then: raw.then,
      forMs: raw.for === undefined ? undefined : milliseconds(raw.for),
      until: raw.until === undefined ? undefined : parseClockTime(raw.until),
    };
  });
}

/** The rules of the top level that are for a provider, as a function of its name. */
export function normaliseTopRules(raw: RawConfig, context: LoadContext): (provider: string) => readonly RuleConfig[] {
  const rules = normaliseRules(raw.rules, ["rules"], context);
  for (const [index, { provider }] of raw.rules.entries())
    if (provider !== undefined) checkProvider(provider, ["rules", index, "provider"], { raw, context });
  const named = raw.rules.map(({ provider }: RawTopRule) => provider);
  return (name) => rules.filter((_, index) => named[index] === undefined || named[index] === name);
}

/** Warns of rests that end before their time. */
export function warnOfCaps(raw: RawConfig, { list }: LoadContext): void {
  const places = [
    { path: ["rules"], rules: raw.rules as readonly RawRule[] },
    ...raw.providers.map(({ rules }, index) => ({ path: ["providers", index, "rules"], rules: rules ?? [] })),
  ];
  const capMs = milliseconds(raw.health.max_cooldown);
  for (const { path, rules } of places) {
    for (const [index, { for: duration }] of rules.entries()) {
      if ((parseDuration(duration ?? "") ?? 0) > capMs)
        list.warning([...path, index, "for"], "is cut to health.max_cooldown: no key rests longer");
    }
  }
}

/** Without a leading `.*`: a search needs none, and with it the time grows with the square of the text. */
function searchFor(pattern: string): RegExp {
  return new RegExp(pattern.replace(/^(?:\.\*\??)+/, ""), "u");
}

function checkConditions(rule: RawRule, path: FieldPath, list: LoadContext["list"]): void {
  const hasAny = [rule.status, rule.code, rule.body_matches].some((condition) => condition !== undefined);
  const isExplained = ["status", "code", "body_matches"].some((field) => list.touchesBroken([...path, field]));
  if (!hasAny && !isExplained) list.alsoError(path, "expected a condition: status, code or body_matches");
}

function checkDuration(rule: RawRule, path: FieldPath, list: LoadContext["list"]): void {
  const fields = (["for", "until"] as const).filter((field) => rule[field] !== undefined);
  const isExplained = ["then", "for", "until"].some((field) => list.touchesBroken([...path, field]));
  if (isExplained) return;
  if (!RESTS.includes(rule.then)) {
    for (const field of fields)
      list.error([...path, field], "has no effect: only cool_key, cool_model and exhaust let a key rest");
  } else if (fields.length === 2) {
    list.error([...path, "until"], "has no effect: for says how long the key rests");
  } else if (fields.length === 0 && rule.then !== "exhaust") {
    list.error([...path, "then"], "expected for or until beside it, which say how long the key rests");
  }
}

interface Checks {
  readonly raw: RawConfig;
  readonly context: LoadContext;
}

function checkProvider(name: string, path: FieldPath, { raw, context }: Checks): void {
  const index = raw.providers.findIndex((provider) => provider.name === name);
  if (raw.providers[index]?.enabled === false)
    context.list.warning(path, `has no effect at present: providers[${index}] is not enabled`);
  if (index < 0 && areAllProvidersKnown(context.list)) context.list.error(path, "expected the name of a provider");
}
