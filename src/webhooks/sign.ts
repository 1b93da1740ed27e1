// The signature of a message, as standardwebhooks.com ("Signature scheme") describes it.
import { createHmac } from "node:crypto";
import { SIGNING_PREFIX } from "../config/webhook-config.ts";

/** What is signed. `at`: wall-clock milliseconds of this try, so that a copy is known to be old. */
export interface Signed {
  readonly id: string;
  readonly at: number;
  readonly body: string;
}

/** `webhook-id`, `webhook-timestamp` in seconds, and with a secret `webhook-signature`; names and values alternate. */
export function signatureHeaders({ id, at, body }: Signed, secret: string | undefined): readonly string[] {
  const timestamp = String(Math.floor(at / 1_000));
  const headers = ["webhook-id", id, "webhook-timestamp", timestamp];
  if (secret === undefined) return headers;
  const mac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest("base64");
  return [...headers, "webhook-signature", `v1,${mac}`];
}

/** The bytes behind `whsec_`; of any other secret its characters. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(SIGNING_PREFIX)
    ? Buffer.from(secret.slice(SIGNING_PREFIX.length), "base64")
    : Buffer.from(secret, "utf8");
}
