// What the balancer takes of the configuration besides pools.
import type { BalancerSettings } from "../balancer/contract.ts";
import type { Config } from "../config/config.ts";

/** The settings of the balancer. */
export function settingsOf({ health, retry, strategy }: Config): BalancerSettings {
  return {
    maxCooldownMs: health.maxCooldownMs,
    retryBudget: retry.budget,
    retryBudgetMin: retry.budgetMin,
    strategy,
  };
}
