// Writes an answer as JSON; a long one in pieces, so that the requests in flight never wait for all of it.
import { inSlices } from "../core/slices.ts";

/** More items in a list than this are written in pieces. */
const MANY = 250;

/** The answer with this object as its content. */
export function jsonAnswer(value: object): Response {
  const isLong = Object.values(value).some((field) => Array.isArray(field) && field.length > MANY);
  if (!isLong) return Response.json(value);
  return new Response(jsonPieces(value), { headers: { "content-type": "application/json" } });
}

/** Together what `JSON.stringify` makes of the object. */
async function* jsonPieces(value: object): AsyncGenerator<string> {
  let before = "{";
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    if (Array.isArray(field)) yield* listPieces(field);
    else yield JSON.stringify(field);
    before = ",";
  }
  yield "}";
}

async function* listPieces(items: readonly unknown[]): AsyncGenerator<string> {
  let before = "[";
  for await (const slice of inSlices(items)) {
    yield before + JSON.stringify(slice).slice(1, -1);
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}
