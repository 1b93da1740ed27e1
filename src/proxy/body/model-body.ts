// The body of one client request under the names that providers have for its model.
import type { ClientRequest } from "../client-request.ts";
import { replaceModel } from "./replace-model.ts";

/** Keeps the last rewritten body, so that a large one is not copied again for each attempt. */
export class ModelBody {
  readonly #request: Pick<ClientRequest, "body" | "facts" | "native">;
  #model: string | undefined;
  #rewritten: Uint8Array | undefined;

  constructor(request: Pick<ClientRequest, "body" | "facts" | "native">) {
    this.#request = request;
  }

  /** The body as it came where it needs no change; null without one. */
  under(model: string | undefined): Uint8Array | null {
    const { body, facts, native } = this.#request;
    // A native path may name another model than its body, which then has no meaning; neither is ever an alias.
    if (native) return body;
    if (body === null || model === undefined || facts.model === undefined || facts.model === model) return body;
    if (this.#rewritten === undefined || this.#model !== model) {
      this.#rewritten = replaceModel(body, facts, model);
      this.#model = model;
    }
    return this.#rewritten;
  }
}
