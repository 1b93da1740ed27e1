// The demo provider's POST /embeddings: vectors that depend on the input alone.
import { createHash } from "node:crypto";
import { type DemoAnswer, errorAnswer, jsonAnswer } from "./demo-answer.ts";
import { countIn, type JsonObject } from "./demo-request.ts";
import { countTokens } from "./demo-text.ts";

const DIMENSIONS = 256;
const MAX_DIMENSIONS = 3072;

/** Answers with one unit vector for each input, as floats or Base64 of 32-bit little-endian floats. */
export function embeddingsAnswer(request: JsonObject): DemoAnswer {
  const inputs = inputsOf(request.input);
  const dimensions = countIn(request, "dimensions", DIMENSIONS);
  if (inputs.length === 0) return invalid("'input' must be a string, or a list of strings or of token numbers");
  if (dimensions > MAX_DIMENSIONS) return invalid(`'dimensions' must be at most ${MAX_DIMENSIONS}`);
  const data = inputs.map((input, index) => {
    const vector = unitVector(input, dimensions);
    return {
      object: "embedding",
      index,
      embedding: request.encoding_format === "base64" ? encode(vector) : [...vector],
    };
  });
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return jsonAnswer({ object: "list", data, model: request.model, usage }, 20);
}

/** A list of numbers is one input, a list of anything else is one input for each entry. */
function inputsOf(input: unknown): readonly string[] {
  if (typeof input === "string") return [input];
  if (!Array.isArray(input) || input.length === 0) return [];
  if (input.every((entry) => typeof entry === "number")) return [JSON.stringify(input)];
  return input.map((entry) => (typeof entry === "string" ? entry : JSON.stringify(entry)));
}

function unitVector(text: string, dimensions: number): Float32Array {
  const blocks = Math.ceil(dimensions / 16);
  const bytes = Array.from({ length: blocks }, (_, block) => createHash("sha256").update(`${block} ${text}`).digest());
  const raw = Buffer.concat(bytes);
  const values = Float32Array.from({ length: dimensions }, (_, at) => raw.readInt16LE(at * 2) / 32_768);
  const length = Math.hypot(...values) || 1;
  return values.map((value) => value / length);
}

function encode(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4);
  return bytes.toString("base64");
}

function invalid(message: string): DemoAnswer {
  return errorAnswer(400, { message, type: "invalid_request_error", code: null });
}
