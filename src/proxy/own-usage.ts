// Tells what a request spent from what its answer tells of another one.
import type { Usage } from "../core/usage.ts";
import { scanMembers } from "./body/json-scan.ts";
import type { ClientRequest } from "./client-request.ts";
import type { LateUsage } from "./objects/late-usage.ts";
import { isObjectId } from "./objects/object-kinds.ts";
import { tellsOfOthers } from "./paths/model-operations.ts";
import { parseJson } from "./stream/json-value.ts";
import type { Trace } from "./trace.ts";

/** They may go on after their answer, in the background, or where the client leaves it. */
const MAY_GO_ON: ReadonlySet<string> = new Set(["responses", "interactions", "threads/runs", "threads/{id}/runs"]);
/** A run that stood still for its client's tools goes on, and tells at its end what all of it spent. */
const GOES_ON = "threads/{id}/runs/{id}/submit_tool_outputs";
/** The thread that a run is in; encrypted content, which nobody reads later. */
const NO_MADE_OBJECT = /^(?:thread_|encrypted:)/;
const ID: ReadonlySet<string> = new Set(["id"]);

/** Undefined for most: all that their answer reports is their own. */
export function ownUsageOf(
  { method, operation: { name }, rest }: Pick<ClientRequest, "method" | "operation" | "rest">,
  late: LateUsage,
): OwnUsage | undefined {
  if (tellsOfOthers(method, name)) return new UsageOfObject({ operation: name, rest, isOwn: false }, late);
  if (method !== "POST") return undefined;
  if (name === GOES_ON) return new UsageOfObject({ operation: name, rest, isOwn: true }, late);
  return MAY_GO_ON.has(name) ? new UsageToCome(late) : undefined;
}

/** What names the objects of an answer: its body, or what was found in a stream. */
export type Naming = { readonly body: Uint8Array } | { readonly objectIds: readonly string[] };

export interface OwnUsage {
  note(trace: Trace, usage: Usage | undefined, answer: Naming): void;
}

/** `isOwn`: also what nobody waits for was spent by this request. */
interface ObjectPlace {
  readonly operation: string;
  readonly rest: string;
  readonly isOwn: boolean;
}

/** A stored response or run is read many times, and was paid once. */
class UsageOfObject implements OwnUsage {
  readonly #place: ObjectPlace;
  readonly #late: LateUsage;

  constructor(place: ObjectPlace, late: LateUsage) {
    this.#place = place;
    this.#late = late;
  }

  note(trace: Trace, usage: Usage | undefined): void {
    const begun = usage && this.#late.take(objectIn(this.#place));
    trace.usage = this.#place.isOwn || begun !== undefined ? usage : undefined;
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
    const id = idIn(answer);
    if (id !== undefined && isObjectId(id)) this.#late.note(id, begun);
  }
}

/** The object that a path is about: its last segment, or the one before what is done with it. Those in which it is are others. */
function objectIn({ operation, rest }: ObjectPlace): string {
  return rest.split("/").at(operation.endsWith("/{id}") ? -1 : -2) ?? "";
}

/** A stream names what it makes before anything that is in it. */
function idIn(answer: Naming): string | undefined {
  if ("objectIds" in answer) return answer.objectIds.find((id) => !NO_MADE_OBJECT.test(id));
  const { buffer, byteOffset, length } = answer.body;
  const text = Buffer.from(buffer, byteOffset, length);
  const found = scanMembers(text, ID)?.at(-1);
  const id = found && parseJson(text.toString("utf8", found.start, found.end));
  return typeof id === "string" ? id : undefined;
}
