// Streams of no known protocol: image, audio, agent and future ones.
import type { StreamReader } from "./stream-reader.ts";
import { readOpenAiUsage } from "./usage-report.ts";

/** Everything is output, and nothing but the upstream's own end tells that it is complete. */
export function createOtherReader(): StreamReader {
  return {
    isPlain: (data) => data.startsWith("{") && !/"(?:error|usage)"/.test(data) && !isObject(data),
    read: ({ id, usage }) => ({
      kind: "output",
      usage: readOpenAiUsage(usage),
      objectIds: typeof id === "string" ? [id] : undefined,
    }),
    isEnded: false,
  };
}

/** An event of a run that carries the object itself (`thread.created`, `thread.run.created`), not a piece of one. */
function isObject(data: string): boolean {
  return data.startsWith('{"id":') && !data.includes('.delta"');
}
