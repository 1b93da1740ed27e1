// Tells what a request spent from what its answer tells of another one.
import type { Usage } from "../core/usage.ts";
import type { ClientRequest } from "./client-request.ts";
import type { LateUsage } from "./objects/late-usage.ts";
import { isObjectId } from "./objects/object-kinds.ts";
import { tellsOfOthers } from "./paths/model-operations.ts";
import { isObject, parseJson } from "./stream/json-value.ts";
import type { Trace } from "./trace.ts";

/** They may go on after their answer, in the background, or where the client leaves it. */
const MAY_GO_ON: ReadonlySet<string> = new Set(["responses", "interactions", "threads/runs", "threads/{id}/runs"]);
/** A stream names what it makes first. */
const FIRST_IDS = 3;

/** Undefined for most: all that their answer reports is their own. */
export function ownUsageOf(request: Pick<ClientRequest, "method" | "operation" | "rest">, late: LateUsage) {
  const { method, operation, rest } = request;
  if (tellsOfOthers(method, operation.name)) return new UsageOfOthers(rest, late);
  return method === "POST" && MAY_GO_ON.has(operation.name) ? new UsageToCome(late) : undefined;
}

/** What names the objects of an answer: its body, or what was found in a stream. */
export type Naming = { readonly body: Uint8Array } | { readonly objectIds: readonly string[] };

export interface OwnUsage {
  note(trace: Trace, usage: Usage | undefined, answer: Naming): void;
}

/** A stored response or run is read many times, and was paid once. */
class UsageOfOthers implements OwnUsage {
  readonly #rest: string;
  readonly #late: LateUsage;

  constructor(rest: string, late: LateUsage) {
    this.#rest = rest;
    this.#late = late;
  }

  note(trace: Trace, usage: Usage | undefined): void {
    const begun = usage && this.#late.take(this.#rest.split("/"));
    trace.usage = begun && usage;
    if (begun === undefined) return;
    trace.model ??= begun.model;
    trace.upstreamModel = begun.upstreamModel;
  }
}

class UsageToCome implements OwnUsage {
  readonly #late: LateUsage;

  constructor(late: LateUsage) {
    this.#late = late;
  }

  note(trace: Trace, usage: Usage | undefined, answer: Naming): void {
    trace.usage = usage;
    if (usage !== undefined) return;
    const begun = { model: trace.model, upstreamModel: trace.attempts.at(-1)?.model };
    for (const id of idsIn(answer)) if (isObjectId(id)) this.#late.note(id, begun);
  }
}

function idsIn(answer: Naming): readonly string[] {
  if ("objectIds" in answer) return answer.objectIds.slice(0, FIRST_IDS);
  const value = parseJson(Buffer.from(answer.body).toString());
  return isObject(value) && typeof value.id === "string" ? [value.id] : [];
}
