// Reads the native paths of Gemini and Azure: their operation, and the model and stream flag that they hold.
import type { NativeVendor } from "../../upstream/dialect.ts";
import type { Operation } from "./operation.ts";

/** What a native path says that is in the body elsewhere; absent: look in the body. */
export interface NativeFacts {
  readonly model?: string;
  readonly stream?: boolean;
}

// ai.google.dev/api/generate-content, /api/embeddings, /api/tokens; `predict` serves images. Each only computes.
const GEMINI_CALLS: ReadonlySet<string> = new Set([
  "generateContent",
  "streamGenerateContent",
  "countTokens",
  "embedContent",
  "batchEmbedContents",
  "generateAnswer",
  "predict",
]);
// Calls that start a job in one account.
const GEMINI_JOBS: ReadonlySet<string> = new Set([
  "batchGenerateContent",
  "asyncBatchEmbedContent",
  "predictLongRunning",
]);
// Objects of one account, from the same pages and from the paths of the @google/genai package.
const GEMINI_OBJECTS: ReadonlySet<string> = new Set([
  "agents",
  "batches",
  "cachedContents",
  "corpora",
  "credentials",
  "environments",
  "fileSearchStores",
  "files",
  "generatedFiles",
  "operations",
  "triggers",
  "tunedModels",
  "voices",
  "webhooks",
]);
/** All names that `geminiOperation` gives. */
export const GEMINI_NAMES: readonly string[] = [
  ...Array.from(GEMINI_CALLS, (call) => [`models/{id}:${call}`, `tunedModels/{id}:${call}`]).flat(),
  ...Array.from(GEMINI_JOBS, (job) => `models/{id}:${job}`),
  ...Array.from(GEMINI_OBJECTS, (objects) => [`${objects}/*`, `upload/${objects}`]).flat(),
  ...["models", "models/{id}/operations/*", "upload"],
  ...["interactions", "interactions/{id}", "interactions/{id}/cancel", "interactions/{id}/*"],
];
/** version, `models` or `tunedModels`, model, and the call after the last colon; models of relays have colons, too. */
const GEMINI_MODEL_PATH = /^\/[^/]+\/((?:tunedM|m)odels)\/([^/]+?)(?::([^/:]*))?$/;
const GEMINI_METHOD = /^\/v1\/(?:tunedM|m)odels\/[^/]+:([A-Za-z]+)$/;
/** What a job of a model is followed by, for example of videos. */
const GEMINI_MODEL_JOB = /^\/[^/]+\/models\/[^/]+\/operations(?:\/|$)/;
const UPLOAD = "/upload";
/** The version or the deployment, and what follows it: that of an OpenAI operation. */
const AZURE_PATH = /^\/openai(?:\/v1)?(?:\/deployments\/([^/]+))?(\/.*)?$/;

/** The path below `/v1` of the OpenAI operation that a native path of Azure or Anthropic is; others stay as they are. */
export function restBelowV1(path: string, vendor: NativeVendor | undefined): string {
  switch (vendor) {
    case "azure":
      return AZURE_PATH.exec(path)?.[2] ?? "";
    case "anthropic":
      return path.replace(/^\/v1/, "");
    default:
      return path;
  }
}

/** What stands before that in the name of a route, which holds no ids. */
export function azureTemplate(path: string): string {
  const isVersioned = path.startsWith("/openai/v1/") || path === "/openai/v1";
  const root = isVersioned ? "/openai/v1" : "/openai";
  return AZURE_PATH.exec(path)?.[1] === undefined ? root : `${root}/deployments/{model}`;
}

/**
 * Below `/v1`, where OpenAI's paths are too: a method after the colon of a model (google.aip.dev/136). A model of OpenAI's
 * form may have a colon, but no such name.
 */
export function isGeminiMethod(path: string): boolean {
  const method = GEMINI_METHOD.exec(withColons(path))?.[1] ?? "";
  return GEMINI_CALLS.has(method) || GEMINI_JOBS.has(method);
}

/** Gemini's API has paths that begin so, below its version. */
export function isGeminiFamily(segment: string): boolean {
  return segment === "models" || segment === "interactions" || GEMINI_OBJECTS.has(segment);
}

/** Libraries that encode what they put into a path encode that colon, too (RFC 3986, 2.2). */
function withColons(path: string): string {
  return path.includes("%") ? path.replace(/%3a/gi, ":") : path;
}

/** The operation of a native path of Gemini. */
export function geminiOperation(given: string): Operation {
  const path = withColons(given);
  if (path.startsWith(`${UPLOAD}/`)) return ofUpload(path.slice(UPLOAD.length));
  const [, version = "", family = ""] = path.split("/", 3);
  if (family === "interactions") return ofInteraction(path, version);
  const call = GEMINI_MODEL_PATH.exec(path)?.[3];
  if (call !== undefined && GEMINI_CALLS.has(call)) return geminiCall(version, family, call);
  if (call !== undefined && GEMINI_JOBS.has(call)) {
    const name = `models/{id}:${call}`;
    return gemini(name, `/${version}/${name}`, { stateful: true });
  }
  if (GEMINI_MODEL_JOB.test(path)) {
    const name = "models/{id}/operations/*";
    return gemini(name, `/${version}/${name}`, { stateful: true });
  }
  if (call === undefined && family === "models") return gemini("models", `/${version}/models/*`, {});
  // A verb may follow it at once: `files:register`.
  const [objects = ""] = family.split(":", 1);
  if (GEMINI_OBJECTS.has(objects)) return gemini(`${objects}/*`, `/${version}/${objects}/*`, { stateful: true });
  return gemini("unknown", `/${version}/*`, {});
}

/** The model and stream flag of a native path. */
export function nativeFacts(path: string, vendor: NativeVendor): NativeFacts {
  if (vendor === "azure") return modelFact(AZURE_PATH.exec(path)?.[1]);
  if (vendor !== "gemini") return {};
  const [, family, model, call] = GEMINI_MODEL_PATH.exec(withColons(path)) ?? [];
  if (call === undefined) return {};
  const name = modelFact(family === "models" ? model : `${family}/${model}`);
  return { ...name, stream: call === "streamGenerateContent" };
}

/** Stored like OpenAI's responses (ai.google.dev/api/interactions-api). */
function ofInteraction(path: string, version: string): Operation {
  const [, , , id, ...more] = path.split("/");
  const isCancel = more.length === 1 && more[0] === "cancel";
  const rest = more.length === 0 ? [] : [isCancel ? "cancel" : "*"];
  const name = ["interactions", ...(id === undefined ? [] : ["{id}"]), ...rest].join("/");
  const facts = { computes: id === undefined, stateful: id !== undefined } as const;
  return gemini(name, `/${version}/${name}`, { ...facts, protocol: rest[0] === "*" ? "other" : "interactions" });
}

/** Files go to a path of their own, in parts; what they become belongs to one account (ai.google.dev/api/files). */
function ofUpload(path: string): Operation {
  const [, version = "", family = ""] = path.split("/", 3);
  const name = GEMINI_OBJECTS.has(family) ? `upload/${family}` : "upload";
  return gemini(name, `${UPLOAD}/${version}/*`, { stateful: true });
}

function modelFact(encoded: string | undefined): NativeFacts {
  if (encoded === undefined) return {};
  try {
    return { model: decodeURIComponent(encoded) };
  } catch {
    return { model: encoded };
  }
}

function geminiCall(version: string, family: string, call: string): Operation {
  const name = `${family}/{id}:${call}`;
  const protocol = call.endsWith("enerateContent") ? "gemini" : "other";
  return gemini(name, `/${version}/${name}`, { computes: true, protocol });
}

function gemini(name: string, template: string, facts: Partial<Operation>): Operation {
  return { computes: false, stateful: false, protocol: "other", ...facts, name, template };
}
