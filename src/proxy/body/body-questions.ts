// Answers the balancer's questions about a body when it asks them, which for most requests is never.
import type { Need, TokenEstimate } from "../../balancer/contract.ts";
import { affinityOf } from "../affinity.ts";
import { isCounting } from "../paths/model-operations.ts";
import type { Operation } from "../paths/operation.ts";
import type { BodyFacts } from "./body-facts.ts";
import { estimateTokens } from "./estimate-tokens.ts";

export interface AskedBody {
  readonly bytes: Uint8Array;
  readonly contentType: string | null;
  readonly facts: BodyFacts;
  readonly operation: Operation;
  /** As the client asked for it. */
  readonly model: string | undefined;
}

/** They hand out a credential. */
const HANDING_OUT: ReadonlySet<string> = new Set([
  "realtime/client_secrets",
  "realtime/sessions",
  "realtime/transcription_sessions",
  "realtime/translations/client_secrets",
]);

/** Each answer is made once. Attempts outlive the body of their request, so `forget` lets go of it. */
export class BodyQuestions {
  #body: AskedBody | undefined;
  #estimate: TokenEstimate | undefined;
  #affinity: { readonly value: string | undefined } | undefined;

  constructor(body: AskedBody) {
    this.#body = body;
  }

  /** The part of a need that only its body knows; nothing for an operation that computes nothing. */
  get need(): Pick<Need, "estimate" | "affinity"> {
    const { operation } = this.#body ?? {};
    if (operation?.computes !== true || isCounting(operation.name) || HANDING_OUT.has(operation.name)) return {};
    const estimate = () => this.#estimateTokens();
    const { protocol } = operation;
    return protocol === "other" || protocol === "media"
      ? { estimate }
      : { estimate, affinity: () => this.#findAffinity() };
  }

  /** The body is needed no longer: what was not asked until now is not known. */
  forget(): void {
    this.#body = undefined;
  }

  #estimateTokens(): TokenEstimate {
    this.#estimate ??= this.#body === undefined ? NOTHING_KNOWN : estimateTokens(estimateInput(this.#body));
    return this.#estimate;
  }

  #findAffinity(): string | undefined {
    const body = this.#body;
    this.#affinity ??= { value: body && affinityOf(body.bytes, body.facts, body.model) };
    return this.#affinity.value;
  }
}

const NOTHING_KNOWN: TokenEstimate = { input: 0, maxOutput: undefined };

function estimateInput({ bytes, contentType, facts, operation }: AskedBody) {
  return { body: bytes, contentType, facts, operation: operation.name };
}
