// The log's view of outbound proxies.
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import { roughDuration } from "../core/durations.ts";
import type { Logger } from "../core/logger.ts";
import type { OutboundChange, OutboundStateName } from "../outbound/outbound-health.ts";

const TITLES: Readonly<Record<OutboundStateName, string>> = {
  out: "Outbound proxy fails, others go first",
  half_open: "Outbound proxy is tried again",
  ready: "Outbound proxy works again",
  disabled: "Outbound proxy disabled by an operator",
};

/** A warning where a proxy goes out. */
export function logOutboundChange(
  change: OutboundChange,
  proxy: OutboundProxy | undefined,
  now: number,
  logger: Logger,
) {
  const { from, to, until, fault } = change;
  const fields = {
    proxy: change.proxy,
    url: proxy?.shown,
    for: until === undefined ? undefined : roughDuration(Math.max(0, until - now)),
    reason: fault?.code,
    detail: fault?.detail,
    from,
    to,
  };
  const title = from === "disabled" && to === "ready" ? "Outbound proxy enabled by an operator" : TITLES[to];
  if (to === "out") logger.warn(fields, title);
  else logger.info(fields, title);
}
