// Makes rules for the tests, with every condition absent that is not given.
import type { RuleAction, RuleConfig } from "../../../src/config/config.ts";

/** A rule that holds for every error unless `conditions` says more. */
export function rule(action: RuleAction, conditions: Partial<Omit<RuleConfig, "then">> = {}): RuleConfig {
  const none = { name: "rule_1", status: undefined, code: undefined, bodyMatches: undefined };
  const never = { forMs: undefined, until: undefined };
  // biome-ignore lint/suspicious/noThenProperty: its value is a word, which nothing can call.
  return { ...none, ...never, ...conditions, then: action };
}
