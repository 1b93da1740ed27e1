// The provider's own error on its way to the client: only a quoted credential and HTML pages are changed.
import { maskSecret } from "../core/redaction.ts";
import type { HeaderList } from "../upstream/transport.ts";
import { isHtml } from "./answer-form.ts";
import type { WholeAnswer } from "./attempt-result.ts";

/** The answer to pass on; `html`: a page that must be replaced by an error of our own with the same status. */
export type CleanedError = { readonly kind: "pass"; readonly answer: WholeAnswer } | { readonly kind: "html" };

/** Removes the attempt's credential from the body and the headers. */
export function cleanError(answer: WholeAnswer, secret: string): CleanedError {
  if (isHtml(answer.headers, answer.body)) return { kind: "html" };
  if (secret === "") return { kind: "pass", answer };
  const body = masked(answer.body, secret);
  const headers: HeaderList = answer.headers.map(([name, value]) => [
    name,
    value.replaceAll(secret, maskSecret(secret)),
  ]);
  return { kind: "pass", answer: { ...answer, headers, body } };
}

function masked(body: Uint8Array, secret: string): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!bytes.includes(secret)) return body;
  return new Uint8Array(Buffer.from(bytes.toString("latin1").replaceAll(secret, maskSecret(secret)), "latin1"));
}
