// Learns from the answer to one request which objects the key that gave it has.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Candidate } from "../../balancer/contract.ts";
import type { HeaderList } from "../../upstream/transport.ts";
import { headerOf } from "../answer/answer-form.ts";
import type { LiveAnswer } from "../answer/live-answer.ts";
import type { RunEnd } from "../attempt/run-end.ts";
import type { ClientRequest } from "../client-request.ts";
import { type AnswerQuestion, idsInAnswer, isContent } from "./ids-in-answer.ts";
import type { ObjectOwners, Owner } from "./object-owners.ts";
import type { ObjectSearch } from "./object-search.ts";

export interface LessonDeps {
  readonly owners: ObjectOwners;
  readonly balancer: Pick<Balancer, "accountOf">;
}

type Facts = Pick<ClientRequest, "operation" | "native" | "facts" | "search">;

export class OwnerLesson {
  readonly #question: Omit<AnswerQuestion, "isGemini">;
  readonly #isNative: boolean;
  readonly #protocol: ClientRequest["operation"]["protocol"];
  readonly #deps: LessonDeps;
  /** How many of a stream's ids were learnt. */
  #learnt = 0;

  /** Keeps nothing of the request but a few facts: a stream may outlive its body for long. */
  constructor({ operation, native, facts }: Facts, deps: LessonDeps) {
    const { name, stateful, protocol } = operation;
    this.#question = { operation: { name, stateful }, isStored: facts.isStored === true };
    this.#isNative = native;
    this.#protocol = protocol;
    this.#deps = deps;
  }

  /** The attempts are over; a stream only begins. */
  ofEnd(end: RunEnd, search: ClientRequest["search"]): void {
    if (end.kind === "upstream-error" || end.kind === "refusal") {
      if (search?.isInVain === true) this.#noteMissing(search.facts);
      return;
    }
    if (end.kind === "client-gone") return;
    const { candidate } = end.attempt;
    this.#remember(search?.found ?? [], candidate);
    if (end.kind === "live") this.#ofLive(end.answer, candidate);
    else this.#ofWhole(end, candidate);
    this.#remember(this.#called(end.kind === "live" ? end.answer.head.headers : end.answer.headers), candidate);
  }

  #noteMissing({ ids, provider }: ObjectSearch["facts"]): void {
    for (const id of ids) this.#deps.owners.noteMissing(id, provider);
  }

  #ofWhole({ answer, provider }: Extract<RunEnd, { kind: "whole" }>, candidate: Candidate): void {
    const isGemini = this.#isNative && provider.dialect.nativeVendor === "gemini";
    const { ids, gone } = idsInAnswer(answer.body, { ...this.#question, isGemini });
    this.#remember(ids, candidate);
    const { owners } = this.#deps;
    for (const id of gone) if (owners.ownerOf(id)?.provider === candidate.provider) owners.forget(id);
  }

  #ofLive(answer: LiveAnswer, candidate: Candidate): void {
    if (!this.#listens) return;
    const learn = () => {
      const ids = answer.pipe.objectIds;
      this.#remember(ids.slice(this.#learnt), candidate);
      this.#learnt = ids.length;
    };
    learn();
    answer.onNamed = learn;
  }

  /** Pieces of answers have ids of their own, which no later request can name. */
  get #listens(): boolean {
    const { operation, isStored } = this.#question;
    switch (this.#protocol) {
      case "chat":
        return isStored;
      case "responses":
      case "interactions":
      case "messages":
        return true;
      case "assistants":
      case "other":
        return operation.stateful && !isContent(operation.name);
      case "completions":
      case "gemini":
      case "gemini-array":
      case "media":
        return false;
      default:
        return this.#protocol satisfies never;
    }
  }

  /** platform.openai.com/docs/api-reference/realtime-calls: the id of a call is the end of its Location. */
  #called(headers: HeaderList): readonly string[] {
    if (this.#question.operation.name !== "realtime/calls") return [];
    return /[^/?#]+(?=\/?(?:[?#]|$))/.exec(headerOf(headers, "location") ?? "") ?? [];
  }

  #remember(ids: readonly string[], { provider, keyId }: Candidate): void {
    if (ids.length === 0) return;
    const { owners, balancer } = this.#deps;
    const owner: Owner = { provider, keyId, account: balancer.accountOf({ provider, keyId }) };
    for (const id of ids) owners.remember(id, owner);
  }
}
