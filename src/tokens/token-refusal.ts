// What a client is told when its token does not let a request through: a closed list of texts.
import type { Holdup } from "./token-account.ts";

/** `code`: of the proxy's table of errors. `text`: a sentence without its final period, in place of the code's own. */
export interface TokenRefusal {
  readonly ok: false;
  readonly code:
    | "invalid_api_key"
    | "forbidden"
    | "rate_limit_exceeded"
    | "token_limit_exceeded"
    | "insufficient_quota";
  readonly text: string;
  readonly retryAfterMs?: number;
}

/** When something that others hold may be free again: nobody knows, so that it is worth another try soon. */
const RESERVED_MS = 1_000;

const CODES = {
  rpm: "rate_limit_exceeded",
  concurrency: "rate_limit_exceeded",
  tpm: "token_limit_exceeded",
  tpd: "token_limit_exceeded",
  budget: "insufficient_quota",
} as const satisfies Record<Holdup["limit"], TokenRefusal["code"]>;

const TEXTS: Readonly<Record<Holdup["limit"], string>> = {
  rpm: "The client token has made all the requests that it may make in a minute",
  concurrency: "The client token has as many requests in flight as it may have",
  tpm: "The client token has used up the tokens that it may use in a minute",
  tpd: "The client token has used up the tokens that it may use in a day",
  budget:
    "The client token has spent its budget, or not enough is left for this request, which a smaller max_tokens makes cheaper",
};

/** For a limit without room. */
export function limitRefusal({ limit, until, isReserved }: Holdup, now: number): TokenRefusal {
  const wait = isReserved ? RESERVED_MS : until - now;
  const isTemporary = isReserved && limit === "budget";
  return {
    ok: false,
    code: isTemporary ? "token_limit_exceeded" : CODES[limit],
    text: isTemporary ? "The rest of the client token's budget is held by its requests in flight" : TEXTS[limit],
    ...(Number.isFinite(wait) && { retryAfterMs: wait }),
  };
}

/** `at`: wall-clock milliseconds. */
export function expiredRefusal(at: number): TokenRefusal {
  return { ok: false, code: "invalid_api_key", text: `The client token expired at ${new Date(at).toISOString()}` };
}

/** What a token may not do, by what is in the way. No name of a model or provider: who asks need not know them. */
export const FORBIDDEN = {
  address: forbidden("The client token does not count at the address that this request comes from"),
  operation: forbidden("The client token may not call this operation"),
  model: forbidden("The client token may not use this model; GET /v1/models lists those that it may use"),
  modelUnknown: forbidden(
    "The client token may use some models only, so that it may call only operations that name their model in the request, and list models",
  ),
  furtherModels: forbidden(
    "The client token may use some models only, and this request may name a further one: write `model` once, in small letters, and no other way to name one",
  ),
  provider: forbidden("The client token may not use this provider, or none of its providers serves this"),
  noPrice: forbidden(
    "The client token has a budget, and no price is stated for this model, or for a further one that the request may name, under usage.prices",
  ),
  noModel: forbidden("The client token has a budget, so that a request has to name its model, by which it is priced"),
  noCost: forbidden("The client token has a budget, and nobody knows beforehand what this operation costs"),
} as const satisfies Readonly<Record<string, TokenRefusal>>;

function forbidden(text: string): TokenRefusal {
  return { ok: false, code: "forbidden", text };
}
