// Transports through outbound proxies, with a book that writes down what it is told.
import { createSecureContext } from "node:tls";
import { type OutboundConfig, type OutboundProxy, parseOutboundProxy } from "../../../src/config/outbound-proxy.ts";
import { OutboundHealth } from "../../../src/outbound/outbound-health.ts";
import { OutboundRoute } from "../../../src/outbound/outbound-route.ts";
import { OutboundTransport } from "../../../src/upstream/outbound-transport.ts";
import type { OutboundBook } from "../../../src/upstream/outbound-way.ts";
import type { Transport } from "../../../src/upstream/transport.ts";
import { createUndiciTransport } from "../../../src/upstream/undici-transport.ts";
import { readPem } from "../../fixture/raw-server.ts";

const CA = readPem("ca.pem");
const TRUSTS_TEST_CA = createSecureContext({ ca: CA });

/** The proxy that a URL describes. */
export function proxyOf(url: string): OutboundProxy {
  const reading = parseOutboundProxy(url);
  if (!reading.ok) throw new Error(`Expected ${reading.expects}`);
  return reading.proxy;
}

/** What binds a key to these proxies. */
export function routeOf(urls: readonly string[], bind: OutboundConfig["bind"] = "key", keyId = "key-1"): OutboundRoute {
  return new OutboundRoute({ proxies: urls.map(proxyOf), bind }, keyId);
}

/** What binds some key to these proxies that prefers the first of them. */
export function routePreferringFirst(urls: readonly string[]): OutboundRoute {
  const { id } = proxyOf(urls[0] ?? "");
  for (let key = 0; ; key++) {
    const route = routeOf(urls, "key", `key-${key}`);
    if (route.ranked(() => 0)[0]?.id === id) return route;
  }
}

/** A transport through one proxy, which trusts the test authority at both ends of a tunnel. */
export function transportVia(url: string, allowHttp2 = true): Transport & AsyncDisposable {
  const via = { proxy: proxyOf(url), secureContext: TRUSTS_TEST_CA };
  return disposable(createUndiciTransport({ ca: CA, allowHttp2, via }));
}

export interface OutboundLab extends AsyncDisposable {
  readonly transport: OutboundTransport & AsyncDisposable;
  readonly health: OutboundHealth;
  /** `id code detail`, in the order in which faults were told; `id ok` for ways that stand. */
  readonly told: readonly string[];
}

/** A transport that picks among proxies, with real health; its book keeps the order of the route. */
export function outboundLab(maxFailures = 3): OutboundLab {
  const health = new OutboundHealth();
  health.use(new Set(), maxFailures);
  const told: string[] = [];
  const now = () => performance.now();
  const book: OutboundBook = {
    now,
    isCutOff: (outbound) => health.isCutOff(outbound, now()),
    order: (route) => health.order(route, now(), Math.random),
    begin: ({ id }) => {
      const startedAt = now();
      return (fault) => {
        told.push(fault === undefined ? `${id} ok` : `${id} ${fault.code} ${fault.detail}`);
        if (fault === undefined) health.noteSuccess(id, startedAt, now());
        else health.noteFailure(id, fault, startedAt, now());
      };
    },
    answered: ({ id }, startedAt) => void health.noteAnswer(id, startedAt, now()),
    blame: ({ id }, fault, startedAt) => {
      told.push(`${id} blamed ${fault.code} ${fault.detail}`);
      health.noteFailure(id, fault, startedAt, now());
    },
  };
  const transport = disposable(
    new OutboundTransport(book, (via) =>
      createUndiciTransport({ ca: CA, ...(via && { via: { ...via, secureContext: TRUSTS_TEST_CA } }) }),
    ),
  );
  return { transport, health, told, [Symbol.asyncDispose]: () => transport.close() };
}

function disposable<T extends Transport>(transport: T): T & AsyncDisposable {
  return Object.assign(transport, { [Symbol.asyncDispose]: () => transport.close() });
}
