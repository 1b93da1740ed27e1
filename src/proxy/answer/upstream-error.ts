// The provider's own error on its way to the client: only a quoted credential and HTML pages are changed.
import type { CredentialMask } from "../../core/credential-mask.ts";
import type { WholeAnswer } from "../attempt/attempt-result.ts";
import { isHtml } from "./answer-form.ts";

/** The answer to pass on; `html`: a page that must be replaced by an error of our own with the same status. */
export type CleanedError = { readonly kind: "pass"; readonly answer: WholeAnswer } | { readonly kind: "html" };

/** Removes the attempt's credential from the body. */
export function cleanError(answer: WholeAnswer, credential: CredentialMask): CleanedError {
  if (isHtml(answer.headers, answer.body)) return { kind: "html" };
  return { kind: "pass", answer: { ...answer, body: masked(answer.body, credential) } };
}

function masked(body: Uint8Array, credential: CredentialMask): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
  const clean = credential.mask(text);
  return clean === text ? body : new Uint8Array(Buffer.from(clean, "latin1"));
}
