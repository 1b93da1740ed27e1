// `health`: how the providers and their keys fare.
import { z } from "zod";
import type { KeyReport } from "../../balancer/contract.ts";
import { type FailingProxy, failingProxies } from "../failing-proxies.ts";
import { faultsOf } from "../faults.ts";
import { isoTime, time } from "../iso-time.ts";
import { hasJobFault, jobNotes, jobNotesOf } from "../job-rows.ts";
import { keyRow, keyRows, limitRows, stateOf } from "../key-rows.ts";
import { eachKnownKey, type KnownKey } from "../known-keys.ts";
import { call } from "../operation.ts";
import { isHealthy, providerRow, toProviderRow } from "../provider-rows.ts";
import { checkProvider } from "../select-keys.ts";
import { webhookNotes, webhookNotesOf } from "../webhook-notes.ts";

export const health = call({
  name: "health",
  kind: "read",
  who: "admin",
  summary: "Shows providers, their breakers, keys by state, and every key that does not serve all it could.",
  input: z.strictObject({ provider: z.string().optional().describe("Only this provider.") }),
  output: z.object({
    healthy: z
      .boolean()
      .describe(
        "Every enabled provider is up and has a key that may serve, no model fails there, no key is invalid or exhausted, no outbound proxy fails, no job failed, every webhook takes its messages, and there is no fault.",
      ),
    providers: z.array(providerRow).describe("All that are configured, or the one that was asked for."),
    keys: z
      .array(keyRow)
      .describe("Keys that are not ready, and those with models or operations that rest, or a limit that is used up."),
    proxies: z
      .array(
        z.object({
          id: z.string().describe("Names it in commands and logs."),
          url: z.string().describe("Its URL, user and password masked."),
          state: z
            .enum(["half_open", "out", "disabled"])
            .describe(
              "`out`: others go first. `half_open`: one call at a time finds out whether it works again. `disabled`: so is every other, so that keys cannot call at all.",
            ),
          until: time.optional().describe("When it is half-open."),
          reason: z.string().optional().describe("The code of what was wrong last, as in the log."),
          detail: z.string().optional().describe("More about it."),
        }),
      )
      .optional()
      .describe(
        "Outbound proxies that fail, or whose being disabled leaves keys no way; absent where none does, or only one provider was asked for.",
      ),
    save_fault: z.string().optional().describe("Why health cannot be saved: a restart would forget it."),
    store_fault: z.string().optional().describe("Why the key store cannot be opened."),
    records_fault: z.string().optional().describe("Why requests cannot be recorded at present."),
    records_dropped: z
      .int()
      .optional()
      .describe("Request records that were lost since the start; absent where none was. They are gone, so no fault."),
    ...jobNotes,
    ...webhookNotes,
  }),
  async run(input, ports) {
    const config = ports.config();
    checkProvider(input.provider, config);
    const pools = new Map(ports.pools().map((pool) => [pool.provider, pool]));
    const isMeant = (name: string) => input.provider === undefined || name === input.provider;
    const providers = config.providers
      .filter(({ name }) => isMeant(name))
      .map((found) => toProviderRow(found, pools.get(found.name), found.name === config.defaultProvider));
    const keys = await keyRows(eachKnownKey(ports), ports, (known, report) => {
      return known.service === "on" && isMeant(known.provider) && isWorthALine(known, report);
    });
    const faults = faultsOf(ports);
    const proxies = input.provider === undefined ? (await failingProxies(ports)).map(toProxyRow) : [];
    const jobs = jobNotesOf(ports);
    const webhooks = webhookNotesOf(ports);
    const isFaultless = [faults, webhooks].every((found) => Object.keys(found).length === 0) && !hasJobFault(jobs);
    const healthy = isFaultless && providers.every(isHealthy) && proxies.length === 0;
    const { dropped } = ports.records.status();
    const lost = dropped > 0 ? { records_dropped: dropped } : {};
    return {
      healthy,
      providers,
      keys,
      ...(proxies.length > 0 && { proxies }),
      ...faults,
      ...lost,
      ...jobs,
      ...webhooks,
    };
  },
});

/** Slots are free again as soon as an answer ends: that all are taken is no news. */
function isWorthALine(known: KnownKey, report: KeyReport | undefined): boolean {
  if (stateOf(known, report) !== "ready" || (report?.parts ?? []).length > 0) return true;
  return limitRows(report?.limits ?? []).some(({ name, used, limit }) => name !== "concurrency" && used >= limit);
}

function toProxyRow({ id, shown, state, until, fault }: FailingProxy) {
  const why = fault === undefined ? {} : { reason: fault.code as string, detail: fault.detail };
  return { id, url: shown, state, ...(until !== undefined && { until: isoTime(until) }), ...why };
}
