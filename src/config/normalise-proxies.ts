// Makes outbound proxies of what was written about them.
import { onceForEach } from "../core/once-for-each.ts";
import type { Config } from "./config.ts";
import { count } from "./describe-value.ts";
import type { FieldPath } from "./field-path.ts";
import type { SecretInput } from "./fields.ts";
import type { LoadContext } from "./load-context.ts";
import { milliseconds } from "./normalise-timeouts.ts";
import {
  type OutboundConfig,
  type OutboundHealthConfig,
  type OutboundProxy,
  parseOutboundProxy,
} from "./outbound-proxy.ts";
import { DEFAULT_INTERVAL, type RawOwnProxies, type RawProxies } from "./proxies-schema.ts";
import { resolveSecrets } from "./resolve-secret.ts";

const URLS = ["proxies", "urls"] as const;

/** Reads lists of proxies; equal lists become the same object. */
class ProxyReader {
  readonly #context: LoadContext;
  readonly #lists = new Map<string, OutboundConfig>();
  readonly #urls = new Map<string, string>();
  /** That of the top level, which is read before all others. */
  bind: OutboundConfig["bind"] = "key";

  constructor(context: LoadContext) {
    this.#context = context;
  }

  read(inputs: readonly SecretInput[], path: FieldPath): OutboundConfig {
    const proxies = new Map<string, OutboundProxy>();
    let double = 0;
    const found = inputs.map((input, index) => resolveSecrets(input, [...path, index], this.#context));
    for (const [index, urls] of found.entries()) {
      for (const url of urls ?? []) {
        const proxy = this.#proxyOf(url, [...path, index]);
        if (proxy !== undefined && proxies.has(proxy.id)) double++;
        else if (proxy !== undefined) proxies.set(proxy.id, proxy);
      }
    }
    // Whoever lists proxies does not want to go out directly because a variable is empty.
    if (found.length > 0 && found.every((urls) => urls?.length === 0)) {
      this.#context.list.error(path, "expected at least one URL of a proxy: what it refers to is empty");
    }
    if (double > 0) {
      this.#context.list.warning(path, `${count(double, "proxy")} stand here more than once, one of each is kept`);
    }
    return this.#shared({ proxies: [...proxies.values()], bind: this.bind });
  }

  #proxyOf(url: string, path: FieldPath): OutboundProxy | undefined {
    const { list } = this.#context;
    const reading = parseOutboundProxy(url);
    if (!reading.ok) {
      list.error(path, `expected ${reading.expects}`);
      return undefined;
    }
    const { proxy } = reading;
    const known = this.#urls.get(proxy.id) ?? proxy.password;
    if (known !== proxy.password) list.error(path, "stands elsewhere with another password");
    this.#urls.set(proxy.id, known);
    return proxy;
  }

  #shared(config: OutboundConfig): OutboundConfig {
    const name = [config.bind, ...config.proxies.map(({ url }) => url)].join("\n");
    const known = this.#lists.get(name) ?? config;
    this.#lists.set(name, known);
    return known;
  }
}

const readerOf = onceForEach((context: LoadContext) => new ProxyReader(context));

/** The list of the top level. */
export function normaliseProxies({ urls, bind }: RawProxies, context: LoadContext): OutboundConfig {
  const reader = readerOf(context);
  reader.bind = bind;
  // Written in place, `[]` is what was meant.
  const isOfVariable = context.isReplaced(URLS) || context.originOf(URLS).kind === "variable";
  if (urls.length === 0 && isOfVariable) context.list.warning(URLS, "is empty: calls go out directly");
  return reader.read(urls, URLS);
}

/** What a provider or a key says of its own; undefined where it says nothing. `direct` is an empty list. */
export function normaliseOwnProxies(
  own: RawOwnProxies | undefined,
  path: FieldPath,
  context: LoadContext,
): OutboundConfig | undefined {
  if (own === undefined) return undefined;
  return readerOf(context).read(own === "direct" ? [] : own, [...path, "proxies"]);
}

/** How the proxies are looked after. */
export function normaliseProxyCheck({ check }: RawProxies): OutboundHealthConfig {
  return {
    checkUrl: check.url,
    intervalMs: milliseconds(check.interval),
    timeoutMs: milliseconds(check.timeout),
    maxFailures: check.max_failures,
  };
}

/** Reports what is written about proxies where there is none. What is as by default says nothing. */
export function checkProxies(raw: RawProxies, { providers }: Pick<Config, "providers">, context: LoadContext): void {
  const { list } = context;
  const owners = [...providers, ...providers.flatMap(({ keys }) => keys)];
  const hasProxies = raw.urls.length > 0 || owners.some(({ outbound }) => (outbound?.proxies.length ?? 0) > 0);
  if (list.hasErrors) return;
  const { url, interval } = raw.check;
  const isByDefault = [0, milliseconds(DEFAULT_INTERVAL)].includes(milliseconds(interval));
  if (hasProxies) {
    if (url === undefined && !isByDefault) {
      list.error(["proxies", "check", "interval"], "has no effect: nothing is asked for without proxies.check.url");
    }
    return;
  }
  if (raw.bind === "random") list.error(["proxies", "bind"], "has no effect: there is no proxy");
  if (url !== undefined) list.error(["proxies", "check", "url"], "has no effect: there is no proxy");
}
