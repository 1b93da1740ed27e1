// What prom-client says of the process, as far as it is true in Bun.
import type { MetricObjectWithValues, MetricValue } from "prom-client";
import { lazily } from "../core/lazily.ts";
import type { Family } from "./family.ts";
import { loadCollectors, Registry } from "./prom-client.ts";

/**
 * Measured in Bun 1.4.5. Left out: heap sizes (the one in use includes what is outside of the heap and is above the total,
 * spaces are empty, `process_heap_bytes` is what JavaScriptCore has reserved: 6 GB), handles, requests and resources
 * (always none), garbage collections (never reported), the version (that of the Node.js it stands in for), and processor
 * time, which it counts from the first scrape on. Of the event loop the lag that is measured by a scrape and shown by the
 * next, and what is 292 years or no number where nothing was measured since the scrape before: least, mean and deviation.
 */
const TRUE_IN_BUN: ReadonlySet<string> = new Set([
  "process_start_time_seconds",
  "process_resident_memory_bytes",
  "process_virtual_memory_bytes",
  "process_open_fds",
  "process_max_fds",
  "nodejs_eventloop_lag_max_seconds",
  "nodejs_eventloop_lag_p50_seconds",
  "nodejs_eventloop_lag_p90_seconds",
  "nodejs_eventloop_lag_p99_seconds",
]);

/** How often the event loop is looked at; costs 0.2 % of a core. */
const LAG_PRECISION_MS = 20;

/** Begun with the first scrape: who is never scraped does not pay for it. */
const registryOfProcess = lazily(() => {
  const registry = new Registry();
  for (const collect of loadCollectors()) collect(registry, { eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  return registry;
});

/** Which there are depends on the operating system. */
export async function processFamilies(): Promise<readonly Family[]> {
  // All are asked, as what is measured for several of them is measured when the first is, shown or not.
  const all = await registryOfProcess().getMetricsAsJSON();
  const found = all.filter(({ name }) => TRUE_IN_BUN.has(name));
  return [...processorTime(), ...found.map(familyOf)];
}

function familyOf({ name, help, values }: MetricObjectWithValues<MetricValue<string>>): Family {
  return { name, help, type: "gauge", samples: values.map(({ value }) => ({ labels: {}, value })) };
}

/** Under the names that prom-client gives it. */
function processorTime(): readonly Family[] {
  const { user, system } = process.cpuUsage();
  const times = { user_: ["User", user], system_: ["System", system], "": ["All", user + system] } as const;
  return Object.entries(times).map(([kind, [word, micros]]) => ({
    name: `process_cpu_${kind}seconds_total`,
    type: "counter",
    help: `${word} processor time since the start.`,
    samples: [{ labels: {}, value: micros / 1e6 }],
  }));
}
