// `proxies.list`, `proxies.test`, `proxies.enable`, `proxies.disable` and `proxies.prune`.
import { z } from "zod";
import { parseOutboundProxy } from "../../config/outbound-proxy.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import { isoTime, time } from "../iso-time.ts";
import { call, stream } from "../operation.ts";
import type { BoundKey, ControlPorts, ProxyReport, ProxyTest } from "../ports.ts";

const STATES = ["ready", "half_open", "out", "disabled"] as const;
const CHECKS_AT_A_TIME = 8;

const named = {
  id: z.string().describe("Names it in commands and logs."),
  url: z.string().describe("Its URL, user and password masked."),
};

const fault = {
  reason: z.string().optional().describe("The code of what was wrong last, as in the log."),
  detail: z.string().optional().describe("More about it."),
};

const row = z.object({
  ...named,
  state: z
    .enum(STATES)
    .describe("`out`: others go first. `half_open`: one call at a time finds out whether it works again."),
  since: time.optional().describe("Since when it is out or disabled."),
  until: time.optional().describe("When it is half-open; in the past where it is."),
  ...fault,
  failures: z.int().describe("How many ways through it failed in a row."),
  keys: z
    .array(
      z.object({
        provider: z.string().describe("The key's provider."),
        key: z.string().describe("Its name."),
        key_id: z.string().describe("Its id."),
      }),
    )
    .describe("The keys that call through it now; with `proxies.bind: random` those that may."),
  key_count: z.int().describe("How many keys these are, with those that are not named here."),
  checked_at: time.optional().describe("When it was last checked or tested."),
  check_ok: z.boolean().optional().describe("Whether it worked then."),
  check_ms: z.number().optional().describe("How long that took."),
});

/** One proxy, as operators see it. */
export type ProxyRow = z.output<typeof row>;

const selection = {
  proxies: z
    .array(z.string().min(1))
    .default([])
    .describe("Ids, beginnings of ids, or URLs, with or without user and password."),
};

export const proxiesList = call({
  name: "proxies.list",
  kind: "read",
  who: "admin",
  summary: "Lists the outbound proxies: how they fare, and which keys call through them.",
  input: z.strictObject({
    most_keys: z.int().min(0).optional().describe("How many keys of each are named at most; all by default."),
  }),
  output: z.object({ proxies: z.array(row).describe("In the order of the configuration.") }),
  async run({ most_keys: most }, ports) {
    const bound = await ports.proxies.boundKeys();
    return { proxies: ports.proxies.list().map((report) => rowOf(report, bound.get(report.id) ?? [], most)) };
  },
});

export const proxiesTest = stream({
  name: "proxies.test",
  kind: "change",
  who: "admin",
  summary:
    "Asks outbound proxies for `proxies.check.url`, or without one opens a tunnel to a provider that carries nothing, and answers with each result as it comes; their health takes note of it.",
  input: z.strictObject(selection),
  output: z.object({
    ...named,
    is_ok: z.boolean().describe("It carried the call."),
    ...fault,
    latency_ms: z.number().describe("How long that took."),
    total: z.int().describe("How many results there will be."),
  }),
  run: ({ proxies }, ports, signal) => testAll(proxies, ports, signal),
});

export const proxiesDisable = setting(
  "proxies.disable",
  "Keeps outbound proxies out until they are enabled; their keys go to others, never directly.",
  true,
);

export const proxiesEnable = setting(
  "proxies.enable",
  "Lets outbound proxies in again that were disabled, and at once those that are out.",
  false,
);

export const proxiesPrune = call({
  name: "proxies.prune",
  kind: "change",
  who: "admin",
  summary:
    "Takes the outbound proxies that are out from the config file, where their URLs stand there themselves; the last one of a list stays.",
  input: z.strictObject({}),
  output: z.object({
    removed: z.array(z.object(named)).describe("Those that are gone."),
    refused: z
      .array(z.object({ ...named, why: z.string().describe("Why it cannot be removed from here.") }))
      .describe("Those that are out and stay."),
  }),
  async run(_input, ports) {
    const removed: z.output<z.ZodObject<typeof named>>[] = [];
    const refused: ((typeof removed)[number] & { readonly why: string })[] = [];
    for (const { id, shown, state } of ports.proxies.list()) {
      if (state !== "out") continue;
      const why = await ports.proxies.remove(id);
      if (why === undefined) removed.push({ id, url: shown });
      else refused.push({ id, url: shown, why });
    }
    return { removed, refused };
  },
});

/** An operation that disables or enables proxies. */
function setting<Name extends string>(name: Name, summary: string, isDisabled: boolean) {
  const { description = "" } = selection.proxies;
  return call({
    name,
    kind: "change",
    who: "admin",
    summary,
    input: z.strictObject({ proxies: z.array(z.string().min(1)).min(1).describe(description) }),
    output: z.object({ proxies: z.array(z.object(named)).describe("Those that were meant.") }),
    run: ({ proxies }, ports) => setDisabled(proxies, isDisabled, ports),
  });
}

async function setDisabled(words: readonly string[], isDisabled: boolean, { proxies }: ControlPorts) {
  const meant = selected(words, proxies.list());
  await proxies.setDisabled(
    meant.map(({ id }) => id),
    isDisabled,
  );
  return { proxies: meant.map(({ id, shown }) => ({ id, url: shown })) };
}

async function* testAll(words: readonly string[], { proxies }: ControlPorts, signal: AbortSignal) {
  const all = proxies.list();
  const meant = words.length === 0 ? all.filter(({ state }) => state !== "disabled") : selected(words, all);
  for (let start = 0; start < meant.length && !signal.aborted; start += CHECKS_AT_A_TIME) {
    const batch = meant.slice(start, start + CHECKS_AT_A_TIME);
    const results = batch.map(async (proxy) => ({ proxy, test: await proxies.test(proxy.id, signal) }));
    for (const { proxy, test } of await Promise.all(results)) {
      if (!signal.aborted) yield { ...resultOf(proxy, test), total: meant.length };
    }
  }
}

function resultOf({ id, shown }: ProxyReport, { fault: met, latencyMs }: ProxyTest) {
  return { id, url: shown, is_ok: met === undefined, ...faultOf(met), latency_ms: latencyMs };
}

/** @throws UserError where a word means no proxy, or the beginning of an id several. */
function selected(words: readonly string[], all: readonly ProxyReport[]): readonly ProxyReport[] {
  const chosen = new Set(words.flatMap((word) => meantBy(word, all)));
  return all.filter((proxy) => chosen.has(proxy));
}

function meantBy(word: string, all: readonly ProxyReport[]): readonly ProxyReport[] {
  const place = placeOf(word);
  const found = all.filter(({ id, shown }) => id.startsWith(word.toLowerCase()) || (place && placeOf(shown) === place));
  const isExact = found.some(({ id }) => id === word);
  // The word is not quoted: it may hold a password.
  if (found.length === 0)
    throw new UserError("No outbound proxy has this id or URL; proxies list shows them", EXIT.failed);
  if (place === undefined && !isExact && found.length > 1) {
    throw new UserError(`Several outbound proxies have ids that begin so: ${found.map(({ id }) => id).join(", ")}`);
  }
  return found;
}

/** A URL without user and password, its port and case as in `shown`. */
function placeOf(url: string): string | undefined {
  const reading = parseOutboundProxy(url);
  return reading.ok ? reading.proxy.shown.replace("****@", "") : undefined;
}

function rowOf(report: ProxyReport, keys: readonly BoundKey[], most = keys.length): ProxyRow {
  const { id, shown, state, since, until, fault: met, failures, check } = report;
  return {
    id,
    url: shown,
    state,
    ...(since !== undefined && { since: isoTime(since) }),
    ...(until !== undefined && { until: isoTime(until) }),
    ...faultOf(met),
    failures,
    keys: keys.slice(0, most).map(({ provider, name, keyId }) => ({ provider, key: name, key_id: keyId })),
    key_count: keys.length,
    ...(check !== undefined && {
      checked_at: isoTime(check.at),
      check_ok: check.fault === undefined,
      check_ms: check.latencyMs,
    }),
  };
}

function faultOf(met: ProxyTest["fault"]) {
  return met === undefined ? {} : { reason: met.code, detail: met.detail };
}
