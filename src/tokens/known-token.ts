// A client token that this daemon knows, without its secret.
import type { TokenRules } from "../config/client-token.ts";
import type { TokenAccount } from "./token-account.ts";
import { TokenScope } from "./token-scope.ts";

export interface KnownTokenFacts {
  readonly id: string;
  /** The digest of the secret that it is found by. */
  readonly sha256: string;
  readonly name: string;
  /** Undefined: it may do everything. */
  readonly rules: TokenRules | undefined;
  /** `config`: written in the configuration or the environment. `store`: added by command. */
  readonly origin: "config" | "store";
  /** Of the configuration: where it is written, such as `config.yaml:12:5`. */
  readonly place?: string | undefined;
  readonly account: TokenAccount;
}

export interface KnownToken extends KnownTokenFacts {
  /** Undefined where nothing is forbidden. */
  readonly scope: TokenScope | undefined;
}

/** The token with what it may do compiled. */
export function knownToken(facts: KnownTokenFacts): KnownToken {
  const { rules } = facts;
  const { limits: _, ...scoped } = rules ?? {};
  const isScoped = Object.values(scoped).some((rule) => rule !== undefined);
  return { ...facts, scope: isScoped ? new TokenScope(scoped) : undefined };
}
