// Outbound proxies that an operator must know of: those that fail, and those whose being disabled leaves keys no way.
import type { ProviderConfig } from "../config/config.ts";
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import { inSlices } from "../core/slices.ts";
import type { ControlPorts, ProxyReport } from "./ports.ts";

/** In the order of the configuration. */
export type FailingProxy = ProxyReport & { readonly state: Exclude<ProxyReport["state"], "ready"> };

export async function failingProxies({
  proxies,
  config,
}: Pick<ControlPorts, "proxies" | "config">): Promise<readonly FailingProxy[]> {
  const list = proxies.list().filter((proxy): proxy is FailingProxy => proxy.state !== "ready");
  const disabled = new Set(list.filter(({ state }) => state === "disabled").map(({ id }) => id));
  const noWay = disabled.size === 0 ? disabled : await withoutWay(config().providers, disabled);
  return list.filter(({ id, state }) => state !== "disabled" || noWay.has(id));
}

/** Those of the disabled proxies that stand in a list of which every other is disabled too. */
async function withoutWay(
  providers: readonly ProviderConfig[],
  disabled: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const lists = new Set<readonly OutboundProxy[]>();
  for await (const slice of inSlices(listsOf(providers))) for (const list of slice) lists.add(list);
  const closed = [...lists].filter((list) => list.every(({ id }) => disabled.has(id)));
  return new Set(closed.flat().map(({ id }) => id));
}

/** What each key may call through. */
function* listsOf(providers: readonly ProviderConfig[]): Generator<readonly OutboundProxy[]> {
  for (const { enabled, keys, outbound } of providers) {
    if (!enabled) continue;
    for (const key of keys) yield (key.outbound ?? outbound)?.proxies ?? [];
  }
}
