// What operations on request records act on where none are kept.
import type { RecordsPort } from "../admin/records-port.ts";

/** Nothing was ever recorded. */
export const NO_RECORDS: RecordsPort = {
  status: () => ({ isOn: false, fault: undefined, dropped: 0, sampledOut: 0, pending: 0, writtenAt: undefined }),
  list: async () => ({ records: [], next: undefined }),
  detail: async () => undefined,
  follow: nothing,
  export: nothing,
  remove: async () => 0,
  usage: async () => {
    const counts = {
      ...{ requests: 0, served: 0, refused: 0, failed: 0, left: 0, attempts: 0, failedAttempts: 0 },
      ...{ promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0, costNanos: 0, unpriced: 0 },
      ...{ bytesIn: 0, bytesOut: 0 },
    };
    const times = { p50: undefined, p95: undefined, p99: undefined };
    const total = { value: undefined, label: undefined, ...counts, duration: times, firstByte: times };
    return { from: 0, to: 0, total, groups: [], more: 0, series: [] };
  },
  attention: async () => [],
};

async function* nothing(): AsyncGenerator<never> {}
