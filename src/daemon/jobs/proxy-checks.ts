// Asks every outbound proxy by the clock whether it works, where the configuration says so.
import type { JobResult } from "../../admin/jobs-port.ts";
import type { OutboundHealthConfig } from "../../config/outbound-proxy.ts";
import type { Job } from "./job.ts";

export interface ProxyChecksDeps {
  readonly settings: () => OutboundHealthConfig;
  /** Asks all of them; `onCheck` hears of each. */
  readonly checkAll: (signal: AbortSignal, onCheck: (isOk: boolean) => void) => Promise<void>;
}

/** The job; where no URL is configured an operator's run opens tunnels, as `proxies test` does. */
export function proxyChecksJob({ settings, checkAll }: ProxyChecksDeps): Job {
  return {
    name: "proxy-checks",
    about: "Asks outbound proxies whether they work",
    setting: "proxies.check.interval",
    intervalMs: () => (offBy(settings()) === undefined ? settings().intervalMs : undefined),
    offBy: () => offBy(settings()),
    run: async ({ signal, note }) => {
      let [asked, working] = [0, 0];
      await checkAll(signal, (isOk) => {
        asked += 1;
        if (isOk) working += 1;
        note(resultOf(asked, working));
      });
      return resultOf(asked, working);
    },
  };
}

function offBy({ checkUrl, intervalMs }: OutboundHealthConfig): string | undefined {
  if (checkUrl === undefined) return "proxies.check.url";
  return intervalMs === 0 ? "proxies.check.interval" : undefined;
}

function resultOf(asked: number, working: number): JobResult {
  const failing = asked - working;
  const ends = [
    ...(working > 0 ? [`${working} ${working === 1 ? "works" : "work"}`] : []),
    ...(failing > 0 ? [`${failing} ${failing === 1 ? "fails" : "fail"}`] : []),
  ];
  const words = `${asked} outbound ${asked === 1 ? "proxy" : "proxies"} asked: ${ends.join(", ")}`;
  return { words: asked === 0 ? "no outbound proxy to ask" : words, counts: { asked, working, failing } };
}
