// By what a client token is found, and what is stored of it.
import { hash } from "node:crypto";

/** SHA-256 in hex. A secret of 256 random bits needs no slow hash, which would cost every request its time. */
export function digestOf(text: string): string {
  return hash("sha256", text, "hex");
}
