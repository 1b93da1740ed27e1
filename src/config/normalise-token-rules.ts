// Makes what client tokens may do, and what models cost, of what was written about them.

import { parseMoment } from "../core/moment.ts";
import { parseCount } from "../core/sizes.ts";
import { operationFault } from "./check-operations.ts";
import type { PriceConfig, TokenLimits, TokenRules } from "./client-token.ts";
import type { RawTokenRules } from "./client-token-schema.ts";
import type { ProviderConfig } from "./config.ts";
import type { FieldPath } from "./field-path.ts";
import type { LoadContext } from "./load-context.ts";
import { areAllProvidersKnown } from "./normalise-models.ts";
import type { RawConfig } from "./schema.ts";

/** What a budget is counted by, and which providers there are. */
export interface TokenScene {
  readonly providers: readonly ProviderConfig[];
  readonly hasPrices: boolean;
}

/** The rules of one token, undefined where it has none; reports those that refuse everything or heed nothing. */
export function normaliseTokenRules(
  raw: RawTokenRules,
  path: FieldPath,
  scene: TokenScene,
  context: LoadContext,
): TokenRules | undefined {
  const { list } = context;
  checkProviders(raw.providers ?? [], [...path, "providers"], scene, context);
  checkOperations(raw.operations ?? [], [...path, "operations"], context);
  const { budget, day } = raw;
  if (budget !== undefined && !scene.hasPrices && !list.touchesBroken(["usage", "prices"]))
    list.error([...path, "budget"], "would refuse every request: usage.prices states no price");
  const heedsDay = raw.tpd !== undefined || (budget !== undefined && budget.per !== "total");
  if (day !== undefined && !heedsDay && !list.touchesBroken(path))
    list.error([...path, "day"], "has no effect: neither tpd nor a budget of a day or month is set");
  const rules = tokenRulesOf(raw);
  if (context.now !== undefined && (rules?.expiresAt ?? Number.POSITIVE_INFINITY) <= context.now)
    list.warning([...path, "expires"], "is over: requests with this client token are refused");
  return rules;
}

function checkOperations(patterns: readonly string[], path: FieldPath, { operations, list }: LoadContext): void {
  if (operations === undefined) return;
  for (const [index, pattern] of patterns.entries()) {
    const fault = operationFault(pattern, operations);
    if (fault !== undefined) list.error([...path, index], fault);
  }
}

/** The rules in numbers; undefined where everything is free. */
export function tokenRulesOf(raw: RawTokenRules): TokenRules | undefined {
  const { models, providers, operations, cidrs, expires } = raw;
  const limits = limitsOf(raw);
  const expiresAt = expires === undefined ? undefined : parseMoment(expires);
  const rules = { models, providers, operations, cidrs, expiresAt, limits };
  return Object.values(rules).every((rule) => rule === undefined) ? undefined : rules;
}

/** What models cost, in the order of the file; reports prices at unknown providers. */
export function normalisePrices({ usage }: RawConfig, scene: TokenScene, context: LoadContext): readonly PriceConfig[] {
  return usage.prices.map(({ models, provider, input, output, cached_input: cachedInput = input }, index) => {
    if (provider !== undefined) checkProviders([provider], ["usage", "prices", index, "provider"], scene, context);
    return { models, provider, input, output, cachedInput };
  });
}

function limitsOf({ rpm, tpm, tpd, concurrency, budget, day = "rolling" }: RawTokenRules): TokenLimits | undefined {
  const counts = { rpm: count(rpm), tpm: count(tpm), tpd: count(tpd), concurrency: count(concurrency) };
  const isFree = budget === undefined && Object.values(counts).every((most) => most === undefined);
  return isFree ? undefined : { ...counts, budget, day };
}

function count(written: string | number | undefined): number | undefined {
  return typeof written === "string" ? parseCount(written) : written;
}

function checkProviders(
  names: readonly string[],
  path: FieldPath,
  { providers }: TokenScene,
  { list }: LoadContext,
): void {
  if (!areAllProvidersKnown(list)) return;
  for (const [index, name] of names.entries()) {
    if (providers.some((provider) => provider.name === name)) continue;
    list.error(path.at(-1) === "provider" ? path : [...path, index], "expected the name of a provider");
  }
}
