// Reads the native paths of Gemini and Azure: their operation, and the model and stream flag that they hold.
import type { DialectName } from "../config/config.ts";
import type { Operation } from "./operation.ts";

/** What a native path says that is in the body elsewhere; absent: look in the body. */
export interface NativeFacts {
  readonly model?: string;
  readonly stream?: boolean;
}

/** `azure`: the path below the deployment, which is that of an OpenAI operation. */
export type NativeOperation = Operation | { readonly azure: string };

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
// Objects of one account, and calls that start a job there.
const GEMINI_OBJECTS: ReadonlySet<string> = new Set([
  "batches",
  "cachedContents",
  "corpora",
  "fileSearchStores",
  "files",
  "generatedFiles",
  "operations",
  "tunedModels",
]);
const GEMINI_JOBS: ReadonlySet<string> = new Set([
  "batchGenerateContent",
  "asyncBatchEmbedContent",
  "predictLongRunning",
]);
/** version, `models` or `tunedModels`, model, and the call after the colon. */
const GEMINI_MODEL_PATH = /^\/[^/]+\/((?:tunedM|m)odels)\/([^/:]+)(?::([^/]*))?$/;
const AZURE_DEPLOYMENT_PATH = /^\/openai\/deployments\/([^/]+)(\/.*)?$/;

/** The operation of a native path of Gemini or Azure. */
export function nativeOperation(path: string, dialect: DialectName): NativeOperation {
  if (dialect === "azure") return { azure: AZURE_DEPLOYMENT_PATH.exec(path)?.[2] ?? "" };
  const [, version = "", family = ""] = path.split("/", 3);
  const call = GEMINI_MODEL_PATH.exec(path)?.[3];
  if (call !== undefined && GEMINI_CALLS.has(call)) return geminiCall(version, family, call);
  if (call !== undefined && GEMINI_JOBS.has(call)) {
    const name = `models/{id}:${call}`;
    return gemini(name, `/${version}/${name}`, { stateful: true });
  }
  if (call === undefined && family === "models") return gemini("models", `/${version}/models/*`, {});
  if (GEMINI_OBJECTS.has(family)) return gemini(`${family}/*`, `/${version}/${family}/*`, { stateful: true });
  return gemini("unknown", `/${version}/*`, {});
}

/** The model and stream flag of a native path. */
export function nativeFacts(path: string, dialect: DialectName): NativeFacts {
  if (dialect === "azure") return modelFact(AZURE_DEPLOYMENT_PATH.exec(path)?.[1]);
  if (dialect !== "gemini") return {};
  const [, family, model, call] = GEMINI_MODEL_PATH.exec(path) ?? [];
  if (call === undefined) return {};
  const name = modelFact(family === "models" ? model : `${family}/${model}`);
  return { ...name, stream: call === "streamGenerateContent" };
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
