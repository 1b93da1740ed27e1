// The parts of prom-client that are used, loaded by themselves.
import type { Gauge as GaugeOfOurs, Registry as RegistryOfOurs } from "prom-client";

/** Makes some metrics of the process in a registry. */
export type Collector = (registry: RegistryOfOurs, settings: { readonly eventLoopMonitoringPrecision: number }) => void;

/*
 * Its index loads a push gateway, the metrics of a cluster, summaries and more besides: 40 to 80 ms in which no request goes
 * on, where these take 4.
 */
export const Registry: typeof RegistryOfOurs = require("prom-client/lib/registry.js");
export const Gauge: typeof GaugeOfOurs = require("prom-client/lib/gauge.js");

/** Another millisecond or two. */
export function loadCollectors(): readonly Collector[] {
  return [
    require("prom-client/lib/metrics/processStartTime.js"),
    require("prom-client/lib/metrics/osMemoryHeap.js"),
    require("prom-client/lib/metrics/processOpenFileDescriptors.js"),
    require("prom-client/lib/metrics/processMaxFileDescriptors.js"),
    require("prom-client/lib/metrics/eventLoopLag.js"),
  ];
}
