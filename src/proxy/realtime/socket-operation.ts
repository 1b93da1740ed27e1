// Which operation a WebSocket is, and the names that its query holds.
import type { ProviderConfig } from "../../config/config.ts";
import type { NativeVendor } from "../../upstream/dialect.ts";
import type { Operation } from "../paths/operation.ts";
import { operationOf } from "../paths/operations.ts";

export interface SocketFacts {
  readonly operation: Operation;
  /** As the client names it. */
  readonly model: string | undefined;
  /** What is computed may be of a further model. */
  readonly namesMoreModels: boolean;
  /** Its messages cannot ask for another model than this one. */
  readonly keepsModel: boolean;
  /** The path that names the object it speaks of, for the search of its owner. */
  readonly objectPath: string;
}

/** The model, in the queries of OpenAI (`model`) and of Azure with an api-version (`deployment`). */
const MODEL_PARAMS = ["model", "deployment"];
/** What they compute is of the model of their address. Those of `responses` name one in each message. */
const KEEPING_MODEL: ReadonlySet<string> = new Set(["realtime", "realtime/translations"]);
/** The services of Gemini that are known (@google/genai, live and live music). */
export const GEMINI_SERVICES: readonly string[] = [
  "BidiGenerateContent",
  "BidiGenerateContentConstrained",
  "BidiGenerateMusic",
];
/** ai.google.dev/api/live: `/ws/google.ai.generativelanguage.{version}.GenerativeService.{method}`. */
const GEMINI_SERVICE = /^\/ws\/google\.ai\.generativelanguage\.\w+\.GenerativeService\.(\w+)$/;

/**
 * A WebSocket computes like a POST of its path: nothing of it is left when it ends before a first message came. What no
 * table knows is not sent a message twice.
 */
export function socketFacts(rest: string, query: string, vendor: NativeVendor | undefined): SocketFacts {
  const params = new URLSearchParams(query);
  const call = params.get("call_id");
  const named = MODEL_PARAMS.flatMap((name) => params.getAll(name));
  const model = named.find((value) => value !== "");
  const service = GEMINI_SERVICE.exec(rest)?.[1];
  // Any other name is of a client's making, and no operation of ours is called by it.
  const isKnown = service !== undefined && GEMINI_SERVICES.includes(service);
  const found = isKnown ? geminiOperation(service) : operationOf("POST", rest, vendor);
  const isOfObject = call !== null || (found.stateful && found.template.includes("{id"));
  // A call has its model already, what is transcribed is of one that a message names, and of two nobody knows which counts.
  const namesMoreModels = !KEEPING_MODEL.has(found.name) || named.length > 1 || call !== null || params.has("intent");
  return {
    operation: { ...found, computes: found.name !== "unknown", stateful: isOfObject, protocol: "other" },
    model,
    namesMoreModels,
    keepsModel: model !== undefined && !namesMoreModels,
    objectPath: call === null ? rest : `/realtime/calls/${call}`,
  };
}

/** The query with the provider's name of the model, under the name that the provider has for the parameter. */
export function withModel(query: string, model: string | undefined, config: ProviderConfig): string {
  if (model === undefined || query === "") return query;
  const isDeployment = config.dialect === "azure" && config.apiVersion !== undefined;
  const own = `${isDeployment ? "deployment" : "model"}=${encodeURIComponent(model.toWellFormed())}`;
  const parts = query.slice(1).split("&");
  const at = parts.findIndex((part) => MODEL_PARAMS.includes(part.split("=", 1)[0] ?? ""));
  if (at < 0 || new URLSearchParams(parts[at]).toString() === new URLSearchParams(own).toString()) return query;
  return `?${parts.with(at, own).join("&")}`;
}

function geminiOperation(name: string): Operation {
  return { name, computes: true, stateful: false, protocol: "other", template: `/ws/*.GenerativeService.${name}` };
}
