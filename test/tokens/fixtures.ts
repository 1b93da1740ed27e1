// One client token with limits, on a clock that the test owns.
import type { TokenLimits } from "../../src/config/client-token.ts";
import type { AdmissionQuestion } from "../../src/tokens/admission.ts";
import { ClientTokens } from "../../src/tokens/client-tokens.ts";
import type { KnownToken } from "../../src/tokens/known-token.ts";
import type { Permit } from "../../src/tokens/permit.ts";
import type { LimitUse } from "../../src/tokens/token-account.ts";
import { START } from "../balancer/fixtures.ts";

export const SECRET = "fake-client-token-with-limits";
/** A token of input costs 1 and of output 2 thousandths, so that amounts are easy to read. */
export const PRICES = [{ models: ["m*"], provider: undefined, input: 1_000, output: 2_000, cachedInput: 500 }];
export const MINUTE = 60_000;
export const DAY = 86_400_000;

export class TokenLab {
  now = START;
  readonly tokens = new ClientTokens(() => this.now);

  constructor(limits: Partial<TokenLimits>) {
    this.setLimits(limits);
  }

  setLimits(limits: Partial<TokenLimits>): void {
    const rules = { limits: { day: "rolling", ...limits } };
    this.tokens.configure([{ name: "ci", token: SECRET, rules }], PRICES);
  }

  get token(): KnownToken {
    const token = this.tokens.find(SECRET);
    if (token === undefined) throw new Error("The token is not known");
    return token;
  }

  /** Asks for a request of so many tokens of input, and at most so many of output. */
  admit(input: number, maxOutput: number | undefined, more: Partial<AdmissionQuestion> = {}) {
    const route = [[{ provider: "p", model: "m" }]];
    const estimate = () => ({ input, maxOutput });
    return this.tokens.admission.admit({ token: this.token, model: "m", route, estimate, isFree: false, ...more });
  }

  /** @throws where it is refused. */
  permit(input: number, maxOutput: number | undefined, more: Partial<AdmissionQuestion> = {}): Permit {
    const admitted = this.admit(input, maxOutput, more);
    if (!admitted.ok) throw new Error(admitted.text);
    if (admitted.permit === undefined) throw new Error("The token has no limits");
    return admitted.permit;
  }

  /** What is used of a limit. */
  used(name: LimitUse["name"]): number | undefined {
    return this.token.account.uses(this.now).find((use) => use.name === name)?.used;
  }
}
