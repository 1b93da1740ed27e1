// Streams of no known protocol: image, audio, agent and future ones.
import type { StreamReader } from "./stream-reader.ts";
import { readOpenAiUsage } from "./usage-report.ts";

/** Everything is output, and nothing but the upstream's own end tells that it is complete. */
export function createOtherReader(): StreamReader {
  return {
    isPlain: (data) => data.startsWith("{") && !/"(?:error|usage)"/.test(data),
    read: (value) => ({ kind: "output", usage: readOpenAiUsage(value.usage) }),
    isEnded: false,
  };
}
