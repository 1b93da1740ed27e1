// What one request does when the key that it was sent to does not have the object: it asks the next one.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Need, NoneReason } from "../../balancer/contract.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { NativeVendor } from "../../upstream/dialect.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { FailedAttempt } from "../attempt/failed-attempt.ts";
import { lastAnswer } from "../attempt/last-answer.ts";
import type { Refusal, RunEnd } from "../attempt/run-end.ts";
import type { ObjectOwners } from "./object-owners.ts";

/** What to look for, and where. */
export interface SearchFacts {
  readonly provider: string;
  /** Objects that the request names and whose maker nobody knows. */
  readonly ids: readonly string[];
  /** Those of them that whoever serves the request has. */
  readonly subjects?: readonly string[];
  /** Other accounts may have it; else only those that share the pinned key's. */
  readonly asksOthers: boolean;
  /** Why the maker cannot be asked; told where nobody else has the object. */
  readonly lost?: string | undefined;
  /** The pinned key is not known to have it, or is not configured: what others of its account say is all there is. */
  readonly hasNoMaker: boolean;
}

export interface SearchDeps {
  readonly balancer: Pick<Balancer, "strangerTo">;
  readonly owners: Pick<ObjectOwners, "beginSearch" | "endSearch">;
  readonly now: () => number;
}

/** Accounts that one request asks at most. */
export const MOST_ACCOUNTS = 8;
/**
 * Besides a 404: codes by which a provider says in a 400 that it cannot find, or not read, what the request names
 * (platform.openai.com, responses: previous_response_id, encrypted reasoning).
 */
const MISS_CODES: ReadonlySet<string> = new Set(["previous_response_not_found", "invalid_encrypted_content"]);
/** ai.google.dev: a file or cache of another project is a 403 PERMISSION_DENIED with one of these texts. */
const MISSING = "object_missing";
const GEMINI_MISS = /^You do not have permission to access\b.*\bor it may not exist|not found \(or permission denied\)/;

/** The verdict on an answer that says that an object is not there: what of Gemini looks like a refused key is none. */
export function withoutBlame(verdict: Verdict, outcome: Outcome, vendor: NativeVendor | undefined): Verdict {
  if (vendor !== "gemini" || outcome.kind !== "answer" || outcome.status !== 403) return verdict;
  if (!GEMINI_MISS.test(outcome.error?.message ?? "")) return verdict;
  const { status, message } = verdict;
  return {
    blame: "client",
    outcome: "client_error",
    effect: { kind: "none" },
    next: "stop",
    last: "upstream",
    reason: MISSING,
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
  };
}

/** Asks one key of each account in turn; an answer that the object is not there proves that nothing was done. */
export class ObjectSearch {
  readonly #facts: SearchFacts;
  readonly #deps: SearchDeps;
  readonly #asked: string[] = [];
  /** The first answer that the object is not there. */
  #miss: FailedAttempt | undefined;
  /** Somebody who may have it could not say. */
  #hasGap = false;
  /** Why the first key could not be asked, where that will pass. */
  #passing: NoneReason | undefined;
  /** The pinned key itself was asked. */
  #isFinal = false;
  /** The client whose search it counts as, once other accounts are asked. */
  #client: string | undefined;

  constructor(facts: SearchFacts, deps: SearchDeps) {
    this.#facts = facts;
    this.#deps = deps;
  }

  /** After a failed attempt: what the request needs next, undefined where the usual rules go on. */
  after(failed: FailedAttempt, need: Need): Need | undefined {
    const isMiss = isMissing(failed);
    if (isMiss && failed.key.id === need.pinnedKey) this.#isFinal = true;
    if (isMiss) this.#miss ??= failed;
    else this.#hasGap = true;
    if (!isMiss && (this.#miss === undefined || !blamesKey(failed))) return undefined;
    return this.#next(failed.key.id, need);
  }

  /** Where the pinned key cannot even be asked. */
  instead(need: Need, reason: NoneReason): Need | undefined {
    if (reason.code === "limited" || reason.code === "open") this.#passing ??= reason;
    return need.pinnedKey === undefined ? undefined : this.#next(need.pinnedKey, need);
  }

  /** What the client gets in place of the usual end: that the object is nowhere. */
  endOf<Live>(end: RunEnd<Live>): RunEnd<Live> {
    if (end.kind === "client-gone") return end;
    if (end.kind !== "refusal" && end.kind !== "upstream-error") {
      if (this.#client !== undefined) this.#deps.owners.endSearch(this.#client);
      return end;
    }
    const { lost, asksOthers, hasNoMaker } = this.#facts;
    const isUnasked = this.#miss === undefined && end.kind === "refusal" && end.code === "no_usable_key";
    // Before anybody else it is the stateful key that may have it.
    if (asksOthers && this.#passing !== undefined) return lastAnswer(undefined, this.#passing, this.#deps.now());
    if (lost !== undefined && (this.#miss !== undefined || isUnasked)) return goneRefusal(lost);
    if (this.#miss === undefined) return end;
    // Only who stood in was asked: the maker, which cannot be, may have it all the same.
    if (!asksOthers && !this.#isFinal && !hasNoMaker) return end;
    const { answer, provider, key } = this.#miss;
    return answer === undefined ? end : { kind: "upstream-error", provider, answer, mask: key.mask };
  }

  /** What is looked for, and where. */
  get facts(): Pick<SearchFacts, "ids" | "provider"> {
    return this.#facts;
  }

  /**
   * What the key has that served the request: everything where another one did not have it. Where nobody said so, the
   * provider may never have looked at ids that stand in the body, and a client may have made them up.
   */
  get found(): readonly string[] {
    const { ids, subjects = [] } = this.#facts;
    return this.#miss === undefined ? subjects : ids;
  }

  /** An object that nobody has: not to be looked for again soon. */
  get isInVain(): boolean {
    return this.#miss !== undefined && this.#facts.asksOthers && !this.#hasGap && this.#passing === undefined;
  }

  #next(keyId: string, need: Need): Need | undefined {
    this.#asked.push(keyId);
    const { asksOthers } = this.#facts;
    if (!asksOthers) return this.#owner(keyId, need);
    if (this.#asked.length >= MOST_ACCOUNTS) return undefined;
    const pinnedKey = this.#deps.balancer.strangerTo(this.#asked, need, this.#deps.now());
    if (pinnedKey === undefined || !this.#mayAskOthers(need.client)) return undefined;
    return { ...need, pinnedKey, standIn: undefined };
  }

  #mayAskOthers(client: string): boolean {
    if (this.#client !== undefined) return true;
    if (this.#deps.owners.beginSearch(client)) this.#client = client;
    else this.#hasGap = true;
    return this.#client !== undefined;
  }

  /** Who stood in does not have it: only the maker itself is left. */
  #owner(keyId: string, need: Need): Need | undefined {
    return keyId === need.pinnedKey || need.standIn === undefined ? undefined : { ...need, standIn: undefined };
  }
}

/** The refusal of a request whose object nobody is left to serve. */
export function goneRefusal(detail: string): Refusal {
  return { kind: "refusal", code: "object_owner_gone", detail };
}

function isMissing({ verdict, outcome }: FailedAttempt): boolean {
  if (outcome.kind !== "answer" || verdict.blame !== "client") return false;
  return outcome.status === 404 || verdict.reason === MISSING || MISS_CODES.has(outcome.error?.code ?? "");
}

function blamesKey({ verdict }: FailedAttempt): boolean {
  return verdict.next === "rotate";
}
