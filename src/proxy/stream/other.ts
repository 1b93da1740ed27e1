// Streams of no known protocol: image, audio, assistant and future ones.
import type { StreamReader } from "./stream-reader.ts";

/** Everything is output, and nothing but the upstream's own end tells that it is complete. */
export function createOtherReader(): StreamReader {
  return {
    isPlain: (data) => data.startsWith("{") && !data.includes('"error"'),
    read: () => ({ kind: "output" }),
    isEnded: false,
  };
}
