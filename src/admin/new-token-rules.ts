// Checks the rules of a client token that is added, against the configuration as it is.
import { operationFault } from "../config/check-operations.ts";
import type { RawTokenRules } from "../config/client-token-schema.ts";
import type { Config } from "../config/config.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { tokenRulesOf } from "../config/normalise-token-rules.ts";
import { secretsOf } from "../config/secrets-of.ts";
import { MIN_SPELLED_LENGTH } from "../core/secret-spellings.ts";
import { UserError } from "../core/user-error.ts";
import type { StoredRules } from "../tokens/stored-token.ts";
import { isoTime } from "./iso-time.ts";

/** `operations`: the names of all. `now`: wall-clock milliseconds. */
export interface TokenRulesScene {
  readonly config: Config;
  readonly operations: readonly string[];
  readonly now: number;
}

/** Names stand in logs, tables and files. @throws UserError for one that holds a secret which is configured. */
export function checkTokenName(name: string, config: Config): void {
  const isIn = (secret: string) => name === secret || (secret.length >= MIN_SPELLED_LENGTH && name.includes(secret));
  if (secretsOf(config).some(isIn)) throw new UserError("The name holds a secret: expected one that everybody may see");
}

/** The rules as they are stored. @throws UserError for those that would refuse everything, or heed nothing. */
export function newTokenRules(given: RawTokenRules, { config, operations, now }: TokenRulesScene): StoredRules {
  const { providers, prices } = config;
  const stranger = given.providers?.find((name) => !providers.some((provider) => provider.name === name));
  if (stranger !== undefined) throw new UserError(`There is no provider ${nameForMessage(stranger)}`);
  for (const pattern of given.operations ?? []) {
    const fault = operationFault(pattern, operations);
    if (fault !== undefined) throw new UserError(`The pattern ${nameForMessage(pattern)} ${fault}`);
  }
  const { budget, tpd, day } = given;
  if (budget !== undefined && prices.length === 0)
    throw new UserError("A budget would refuse every request: state usage.prices in the configuration first");
  if (day !== undefined && tpd === undefined && (budget === undefined || budget.per === "total"))
    throw new UserError("day has no effect: give tpd, or a budget of a day or month");
  const rules = tokenRulesOf(given);
  const { expiresAt, limits, ...scope } = rules ?? {};
  if (expiresAt !== undefined && expiresAt <= now) throw new UserError("The token would have expired already");
  const { rpm, tpm, concurrency } = limits ?? {};
  const stored = {
    ...scope,
    expires: expiresAt === undefined ? undefined : isoTime(expiresAt),
    rpm,
    tpm,
    tpd: limits?.tpd,
    concurrency,
    budget,
    day,
  };
  // What is not set is not written.
  return JSON.parse(JSON.stringify(stored)) as StoredRules;
}
