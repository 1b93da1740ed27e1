// What the demo provider serves: models, chat completions, responses and embeddings.
import type { TransportCall } from "../upstream/transport.ts";
import { chatAnswer } from "./chat-answer.ts";
import { type DemoAnswer, errorAnswer, jsonAnswer } from "./demo-answer.ts";
import { DEMO_MODELS } from "./demo-provider.ts";
import { type JsonObject, readRequest } from "./demo-request.ts";
import { embeddingsAnswer } from "./embeddings-answer.ts";
import type { DemoWorld } from "./generation.ts";
import { responsesAnswer } from "./responses-answer.ts";

interface Route {
  readonly required: readonly string[];
  answer(request: JsonObject, world: DemoWorld): DemoAnswer;
}

const POSTS: ReadonlyMap<string, Route> = new Map([
  ["/v1/chat/completions", { required: ["model", "messages"], answer: chatAnswer }],
  ["/v1/responses", { required: ["model", "input"], answer: responsesAnswer }],
  ["/v1/embeddings", { required: ["model", "input"], answer: embeddingsAnswer }],
]);
const MODELS = "/v1/models";
/** 2026-01-01, when the pretended models were made. */
const MODELS_CREATED = 1_767_225_600;

/** Answers a call whose key is good. */
export function answerCall(call: TransportCall, world: DemoWorld): DemoAnswer {
  const path = call.path.replace(/[?#].*$/, "");
  if (call.method === "GET" && path === MODELS) return jsonAnswer({ object: "list", data: DEMO_MODELS.map(model) });
  if (call.method === "GET" && path.startsWith(`${MODELS}/`)) return oneModel(path.slice(MODELS.length + 1));
  const route = call.method === "POST" ? POSTS.get(path) : undefined;
  if (route === undefined) return invalid(404, `Unknown request URL: ${call.method} ${path}.`, "unknown_url");
  return post(route, readRequest(call.body), world);
}

function post(route: Route, request: JsonObject | undefined, world: DemoWorld): DemoAnswer {
  if (request === undefined) return invalid(400, "We could not parse the JSON body of your request.", null);
  const missing = route.required.find((name) => request[name] === undefined);
  if (missing === undefined) return route.answer(request, world);
  return invalid(400, `Missing required parameter: '${missing}'.`, "missing_required_parameter");
}

function oneModel(id: string): DemoAnswer {
  if (DEMO_MODELS.some((known) => known === id)) return jsonAnswer(model(id));
  return invalid(404, `The model '${id}' does not exist`, "model_not_found");
}

function model(id: string) {
  return { id, object: "model", created: MODELS_CREATED, owned_by: "demo" };
}

function invalid(status: number, message: string, code: string | null): DemoAnswer {
  return errorAnswer(status, { message, type: "invalid_request_error", code });
}
