// Reads a text that a person brings, to its end or to where no such text goes on.
import { UserError } from "../core/user-error.ts";

/** A million keys; a device without an end would fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/** All of a stream as text. @throws UserError when it is too long. */
export async function readAtMost(stream: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new UserError(`Cannot read ${name}: it is larger than 64 MiB`);
  }
  return Buffer.concat(chunks).toString("utf8");
}
