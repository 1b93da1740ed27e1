// `health`: how the providers and their keys fare.
import { z } from "zod";
import type { OutCause, PoolSummary } from "../../balancer/contract.ts";
import type { ProviderConfig } from "../../config/config.ts";
import { isoTime, time } from "../iso-time.ts";
import { hasJobFault, jobNotes, jobNotesOf } from "../job-rows.ts";
import { type KeyRow, keyRow, keyRows } from "../key-rows.ts";
import { knownKeys } from "../known-keys.ts";
import { call } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import { recordingFault } from "../records-status.ts";
import { checkProvider } from "../select-keys.ts";
import { webhookNotes, webhookNotesOf } from "../webhook-notes.ts";

const STATES = ["ready", "half_open", "cooling", "exhausted", "invalid", "disabled"] as const;

const counts = z.object({
  total: z.int().describe("All of them."),
  ...Object.fromEntries(STATES.map((state) => [state, z.int().describe(`How many are ${state}.`)])),
}) as z.ZodObject<Record<"total" | (typeof STATES)[number], z.ZodInt>>;

/** What the last answer was that it failed with. */
const cause = {
  since: time.optional().describe("Since when it fails."),
  reason: z.string().optional().describe("The code of the last failure, as in the log."),
  status: z.int().optional().describe("Its HTTP status."),
  message: z.string().optional().describe("What the provider said, shortened."),
};
const causeSchema = z.object(cause);

const provider = z.object({
  name: z.string().describe("The provider's name."),
  state: z
    .enum(["up", "open", "half_open", "suspect", "off", "no_key", "no_usable_key"])
    .describe(
      "`open`: others go first. `half_open`: its next request finds out whether it works again. `suspect`: tried by one request at a time. `off`: not enabled.",
    ),
  until: time.optional().describe("When it is tried again; absent for one that is half-open."),
  ...cause,
  is_default: z.boolean().describe("It serves requests that name no provider."),
  keys: counts.describe("How many keys it has, by state."),
  open_models: z
    .array(
      z.object({
        model: z.string().describe("The upstream's name of the model; empty for requests that name none."),
        state: z
          .enum(["open", "half_open"])
          .describe("`half_open`: its next request finds out whether it works again."),
        until: time.describe("When it is half-open; in the past where it is."),
        ...cause,
      }),
    )
    .describe("Models that fail there."),
  in_flight: z.int().describe("Calls that it has not answered yet."),
  used_24h: z.int().describe("Attempts of its keys in the last 24 hours."),
  failed_24h: z.int().describe("Those of them that failed by no fault of the client."),
});

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
    providers: z.array(provider).describe("All that are configured, or the one that was asked for."),
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
      .map((found) => providerRow(found, pools.get(found.name), found.name === config.defaultProvider));
    const known = knownKeys(ports).filter(({ provider, service }) => service === "on" && isMeant(provider));
    const keys = await keyRows(known, ports, isWorthALine);
    const faults = faultsOf(ports);
    const proxies = input.provider === undefined ? failingProxies(ports) : [];
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
function isWorthALine({ state, parts, limits }: KeyRow): boolean {
  if (state !== "ready" || parts.length > 0) return true;
  return limits.some(({ name, used, limit }) => name !== "concurrency" && used >= limit);
}

interface Faults {
  readonly save_fault?: string;
  readonly store_fault?: string;
  readonly records_fault?: string;
}

function faultsOf(ports: ControlPorts): Faults {
  const { fault } = ports.keys;
  const { folderFault, saveFault } = ports.daemon?.status() ?? {};
  const recording = recordingFault(ports);
  const saving = folderFault ?? saveFault;
  return {
    ...(saving !== undefined && { save_fault: saving }),
    ...(fault !== undefined && { store_fault: fault }),
    ...(recording !== undefined && { records_fault: recording }),
  };
}

function failingProxies({ proxies, config }: ControlPorts) {
  const list = proxies.list();
  const disabled = new Set(list.filter(({ state }) => state === "disabled").map(({ id }) => id));
  const noWay = disabled.size === 0 ? disabled : withoutWay(config().providers, disabled);
  return list.flatMap(({ id, shown, state, until, fault }) => {
    if (state === "ready" || (state === "disabled" && !noWay.has(id))) return [];
    const why = fault === undefined ? {} : { reason: fault.code as string, detail: fault.detail };
    return [{ id, url: shown, state, ...(until !== undefined && { until: isoTime(until) }), ...why }];
  });
}

/** Those of the disabled proxies that stand in a list of which every other is disabled too. */
function withoutWay(providers: readonly ProviderConfig[], disabled: ReadonlySet<string>): ReadonlySet<string> {
  const used = providers
    .filter(({ enabled }) => enabled)
    .flatMap((found) => {
      return found.keys.map(({ outbound = found.outbound }) => outbound?.proxies ?? []);
    });
  const lists = [...new Set(used)];
  const closed = lists.filter((list) => list.every(({ id }) => disabled.has(id)));
  return new Set(closed.flat().map(({ id }) => id));
}

type ProviderRow = z.output<typeof provider>;

/** A provider that is not enabled has no pool. */
function providerRow(
  { name, enabled, keys }: ProviderConfig,
  pool: PoolSummary | undefined,
  isDefault: boolean,
): ProviderRow {
  const states = pool?.keys ?? { ready: keys.length, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0 };
  const counts = { total: keys.length, ...states };
  return {
    name,
    state: stateOf(enabled, pool, counts),
    ...(pool?.until !== undefined && { until: isoTime(pool.until) }),
    ...causeOf(pool ?? {}),
    is_default: isDefault,
    keys: counts,
    open_models: (pool?.openModels ?? []).map(({ model, state, until, ...why }) => {
      return { model, state, until: isoTime(until), ...causeOf(why) };
    }),
    in_flight: pool?.inFlight ?? 0,
    used_24h: pool?.used ?? 0,
    failed_24h: pool?.failed ?? 0,
  };
}

function causeOf({ since, reason, status, message }: OutCause): z.output<typeof causeSchema> {
  return {
    ...(since !== undefined && { since: isoTime(since) }),
    ...(reason !== undefined && { reason }),
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
  };
}

function stateOf(enabled: boolean, pool: PoolSummary | undefined, keys: ProviderRow["keys"]): ProviderRow["state"] {
  if (!enabled) return "off";
  if (keys.total === 0) return "no_key";
  // Its refusals are in doubt, also where every key met one.
  if (pool?.state === "suspect" && keys.disabled < keys.total) return "suspect";
  if (keys.ready + keys.half_open + keys.cooling === 0) return "no_usable_key";
  return pool?.state ?? "up";
}

function isHealthy({ state, keys, open_models }: ProviderRow): boolean {
  if (state === "off") return true;
  return state === "up" && keys.invalid + keys.exhausted === 0 && open_models.length === 0;
}
