// A provider as it truly is: keys, quotas and faults, asked by the gateway and by the oracle alike.
import type { HeaderList } from "../../src/upstream/transport.ts";
import type { Arrival } from "../arrivals.ts";
import { keysOf, type PlannedKey } from "../key-plan.ts";
import type { Fault, FaultKind, ProviderSpec } from "../scenario.ts";
import { START } from "../virtual-clock.ts";
import {
  type Answer,
  completion,
  DEAD_KEY,
  NO_CREDIT,
  OVERLOADED_503,
  OVERLOADED_529,
  rateLimited,
  SERVER_ERROR,
} from "./answers.ts";
import type { Limit } from "./limit.ts";
import { limitHeaders } from "./limit-headers.ts";
import { amountFor, freeAt, Quota, type Spending } from "./quota.ts";

/** Why a call was not served. */
export type Cause = "limit" | "dead" | "no-credit" | "fault";

/** `episode`: the same for all calls that one fault meets. */
export interface Refusal {
  readonly cause: Cause;
  readonly episode: string;
}

/**
 * What a call meets. `served`: works for `afterMs` and must be released once, however it ends. `headersAt`: those of
 * its answer when that begins.
 */
export type Reply =
  | {
      readonly kind: "served";
      readonly afterMs: number;
      readonly headersAt: (now: number) => HeaderList;
      readonly release: () => void;
    }
  | { readonly kind: "error"; readonly afterMs: number; readonly answer: Answer; readonly refusal: Refusal }
  | { readonly kind: "refused"; readonly afterMs: number; readonly refusal: Refusal }
  | { readonly kind: "hang"; readonly refusal: Refusal };

/** How long a provider takes to say no. */
const ERROR_MS = 40;
const REFUSED_MS = 2;

export class UpstreamProvider {
  readonly spec: ProviderSpec;
  readonly keys: readonly PlannedKey[];
  readonly #quotas = new Map<string, Quota>();

  constructor(spec: ProviderSpec) {
    this.spec = spec;
    this.keys = keysOf(spec);
  }

  /** The quota that a key draws from for a model. */
  quotaOf(key: PlannedKey, model: string): Quota {
    const id = this.spec.perModel === true ? `${key.quota}/${model}` : `${key.quota}`;
    const known = this.#quotas.get(id);
    if (known !== undefined) return known;
    const quota = new Quota(key.limits);
    this.#quotas.set(id, quota);
    return quota;
  }

  isAlive({ fate }: PlannedKey, now: number): boolean {
    return fate === "alive" || (fate === "dead" && now - START < (this.spec.deadFromMs ?? 0));
  }

  call(key: PlannedKey, arrival: Arrival, now: number): Reply {
    const fault = this.#faultAt(arrival.model.name, now);
    if (fault !== undefined)
      return faulty(fault.kind, { cause: "fault", episode: `${this.spec.name}@${fault.fromMs}` });
    if (!this.isAlive(key, now)) {
      return key.fate === "dead" ? this.#broken(key, DEAD_KEY, "dead") : this.#broken(key, NO_CREDIT, "no-credit");
    }
    const quota = this.quotaOf(key, arrival.model.name);
    const spending = spendingOf(arrival);
    const full = quota.admit(spending, now);
    if (full !== undefined) return this.#limited(key, { arrival, quota, full, spending, now });
    const headers = this.#headersOf(key, quota, now);
    return { kind: "served", afterMs: arrival.serviceMs, headersAt: headers, release: () => quota.release() };
  }

  #headersOf(key: PlannedKey, quota: Quota, now: number): (later: number) => HeaderList {
    const { headers, namesGroup } = this.spec;
    const owner: HeaderList = namesGroup === true ? [["openai-organization", `org-${key.quota}`]] : [];
    if (headers !== "late") return (later) => [...owner, ...limitHeaders(quota, headers, later)];
    const early = [...owner, ...limitHeaders(quota, headers, now)];
    return () => early;
  }

  #limited(key: PlannedKey, { arrival, quota, full, spending, now }: LimitedCall): Reply {
    const { headers, retryAfter } = this.spec;
    const ms = freeAt(full, spending, now) - now;
    const isDetailed = headers === "truthful" || headers === "late";
    const wait = { ms, isStated: retryAfter && Number.isFinite(ms), amount: amountFor(full, spending), isDetailed };
    const answer = rateLimited(full, wait, now);
    const all = [...answer.headers, ...this.#headersOf(key, quota, now)(now)];
    const refusal: Refusal = { cause: "limit", episode: `${key.name}/${arrival.model.name}` };
    return { kind: "error", afterMs: ERROR_MS, answer: { ...answer, headers: all }, refusal };
  }

  #broken(key: PlannedKey, answer: Answer, cause: Cause): Reply {
    return { kind: "error", afterMs: ERROR_MS, answer, refusal: { cause, episode: key.name } };
  }

  #faultAt(model: string, now: number): Fault | undefined {
    const at = now - START;
    return this.spec.faults?.find((fault) => {
      return at >= fault.fromMs && at < fault.toMs && (fault.model === undefined || fault.model === model);
    });
  }
}

interface LimitedCall {
  readonly arrival: Arrival;
  readonly quota: Quota;
  readonly full: Limit;
  readonly spending: Spending;
  readonly now: number;
}

/**
 * What a request spends, as the provider counts it when it lets the call in: what is asked, and what may be answered
 * where the client says so (platform.openai.com/docs/guides/rate-limits). Nobody knows how long an answer will be.
 */
export function spendingOf({ inputTokens, maxOutput }: Arrival): Spending {
  return { tokens: inputTokens + (maxOutput ?? 0) };
}

/** The body of an answer that is served whole. */
export function bodyFor({ inputTokens, outputTokens }: Arrival): Answer {
  return completion(inputTokens, outputTokens);
}

function faulty(kind: FaultKind, refusal: Refusal): Reply {
  switch (kind) {
    case "500":
      return { kind: "error", afterMs: ERROR_MS, answer: SERVER_ERROR, refusal };
    case "503":
      return { kind: "error", afterMs: ERROR_MS, answer: OVERLOADED_503, refusal };
    case "529":
      return { kind: "error", afterMs: ERROR_MS, answer: OVERLOADED_529, refusal };
    case "refused":
      return { kind: "refused", afterMs: REFUSED_MS, refusal };
    case "hang":
      return { kind: "hang", refusal };
    default:
      return kind satisfies never;
  }
}
