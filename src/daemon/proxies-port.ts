// What the control operations and the clock do with outbound proxies.
import { readFileSync } from "node:fs";
import type { BoundKey, ProxiesPort, ProxyReport, ProxyTest } from "../admin/ports.ts";
import { literalProxies } from "../config/literal-proxies.ts";
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import { ioFault } from "../core/io-fault.ts";
import { inSlices } from "../core/slices.ts";
import { UserError } from "../core/user-error.ts";
import type { TunnelTarget } from "../outbound/handshake.ts";
import { changeSetting } from "./change-setting.ts";
import { checkProxy } from "./check-proxy.ts";
import type { Instance } from "./instance.ts";

const CHECKS_AT_A_TIME = 8;

/** The outbound proxies of an instance, as control operations see them. */
export function proxiesPort(instance: Instance): ProxiesPort {
  const { outbound, timing } = instance;
  return {
    list: () =>
      Array.from(outbound.proxies.values(), ({ id, shown }): ProxyReport => {
        return { id, shown, ...outbound.health.report(id, timing.now()), check: outbound.checkOf(id) };
      }),
    boundKeys: () => boundKeys(instance),
    before: ({ provider, keyId }) => {
      const route = instance.handler.setup.providers.get(provider)?.keys.get(keyId)?.outbound;
      const now = timing.now();
      const proxy = route && (outbound.health.boundTo(route, now)[0] ?? route.config.proxies[0]);
      return proxy && { shown: proxy.shown, state: outbound.health.report(proxy.id, now).state };
    },
    test: (id, signal) => testProxy(id, instance, signal),
    setDisabled: async (ids, isDisabled) => {
      for (const id of ids) outbound.setDisabled(id, isDisabled);
      await instance.state.save();
    },
    remove: (id) => removeProxy(id, instance),
  };
}

/** Asks all of them, some at a time; `onCheck` hears of each. */
export async function checkProxies(
  instance: Instance,
  signal: AbortSignal,
  onCheck: (isOk: boolean) => void,
): Promise<void> {
  const rest = [...instance.outbound.proxies.keys()].values();
  const worker = async (): Promise<void> => {
    for (const id of rest) {
      if (signal.aborted) return;
      // A reload may have taken it away meanwhile.
      if (!instance.outbound.proxies.has(id)) continue;
      const { fault } = await testProxy(id, instance, signal);
      if (!signal.aborted) onCheck(fault === undefined);
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_A_TIME }, worker));
}

async function testProxy(id: string, { outbound, config, timing }: Instance, signal: AbortSignal): Promise<ProxyTest> {
  const proxy = outbound.proxies.get(id);
  if (proxy === undefined) throw new UserError("The proxy is not configured any more");
  const { checkUrl, timeoutMs } = config.outboundHealth;
  const at = timing.now();
  const fault = await checkProxy(proxy, { checkUrl, timeoutMs, target: targetOf(proxy, config.providers), signal });
  const check = { at, latencyMs: timing.now() - at, fault };
  // What was broken off says nothing of it.
  if (!signal.aborted) outbound.noteCheck(id, check);
  return check;
}

/** The first provider that is reached through the proxy. */
function targetOf(proxy: OutboundProxy, providers: Instance["config"]["providers"]): TunnelTarget {
  const uses = (config: { readonly proxies: readonly OutboundProxy[] } | undefined) =>
    config?.proxies.some(({ id }) => id === proxy.id) === true;
  const found = providers.find(({ outbound, keys }) => uses(outbound) || keys.some((key) => uses(key.outbound)));
  const { protocol, hostname, port } = new URL(found?.baseUrl ?? "https://localhost");
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (protocol === "http:" ? 80 : 443) };
}

/** Which keys call through which proxy now; one that is bound to none in particular stands at all of its proxies. */
async function boundKeys({ handler, outbound, timing }: Instance): Promise<ReadonlyMap<string, readonly BoundKey[]>> {
  const bound = new Map<string, BoundKey[]>();
  for (const { config, keys } of handler.setup.providers.values()) {
    for await (const slice of inSlices([...keys.values()])) {
      for (const { id: keyId, name, outbound: route } of slice) {
        for (const proxy of route === undefined ? [] : outbound.health.boundTo(route, timing.now())) {
          const list = bound.get(proxy.id) ?? [];
          bound.set(proxy.id, list);
          list.push({ provider: config.name, keyId, name });
        }
      }
    }
  }
  return bound;
}

/** Takes a proxy out of the config file wherever its URL stands there; says why it cannot, and changes nothing then. */
async function removeProxy(id: string, instance: Instance): Promise<string | undefined> {
  const proxy = instance.outbound.proxies.get(id);
  const file = instance.configFile;
  if (file === undefined) return "it does not come from a config file but from a variable";
  const places = literalProxies(textOf(file)).filter((place) => place.id === id);
  if (places.length === 0) return `it stands in ${file} by reference only: change what the reference refers to`;
  if (places.some(({ isLast }) => isLast)) {
    return "it is the last of its list, and without any calls would go out directly or not at all: edit the file itself";
  }
  // From behind, so that the places before stay where they are.
  for (const { path } of places.toReversed()) await changeSetting({ path, remove: true }, instance);
  const isStillThere = proxy !== undefined && instance.outbound.proxies.has(id);
  return isStillThere ? `it also stands in ${file} by reference: change what the reference refers to` : undefined;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error: unknown) {
    throw new UserError(`Cannot read ${file}: ${ioFault(error)}`, undefined, { cause: error });
  }
}
