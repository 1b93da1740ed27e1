// What attempts need, put together as the daemon does it, over simulated providers.
import type { Balancer } from "../../src/balancer/balancer.ts";
import type { Change } from "../../src/balancer/contract.ts";
import type { Config } from "../../src/config/config.ts";
import type { OwnPaths } from "../../src/proxy/answer-own.ts";
import type { LoopDeps } from "../../src/proxy/attempt/attempt-loop.ts";
import { BufferPool } from "../../src/proxy/body/buffer-pool.ts";
import { ModelCatalog } from "../../src/proxy/models/model-catalog.ts";
import { ObjectOwners } from "../../src/proxy/objects/object-owners.ts";
import { ProxyHandler } from "../../src/proxy/proxy-handler.ts";
import { buildSetup } from "../../src/proxy/setup.ts";
import { ClientTokens } from "../../src/tokens/client-tokens.ts";
import { buildProvider } from "../../src/upstream/build-provider.ts";
import type { Scenario } from "../scenario.ts";
import { UpstreamProvider } from "../upstream/upstream-provider.ts";
import { SimulatedTransport, type TransportDeps } from "./simulated-transport.ts";

export interface LoopParts extends TransportDeps {
  readonly balancer: Balancer;
  readonly onChanges: (changes: readonly Change[]) => void;
}

/** The loop of the real handler, so that its queue is woken by what wakes it in the daemon. */
export function loopOf(config: Config, scenario: Scenario, parts: LoopParts): LoopDeps {
  const { balancer, clock, onChanges } = parts;
  const built = config.providers.map((provider, index) => {
    const spec = scenario.providers[index];
    if (spec === undefined) throw new Error("Cannot simulate a provider that the scenario does not have");
    return buildProvider(provider, new SimulatedTransport(new UpstreamProvider(spec), parts));
  });
  const catalog = new ModelCatalog();
  const tokens = new ClientTokens(clock.now);
  return new ProxyHandler(buildSetup(config, built, { catalog, bodies: new BufferPool(0), tokens }), {
    balancer,
    catalog,
    tokens,
    owners: new ObjectOwners({ now: clock.now }),
    timing: clock,
    redact: (text) => text,
    onChanges,
    onTrace: () => {},
    onBug: (error) => {
      throw error;
    },
    ownPaths: NO_PATHS,
  }).loop;
}

/** No request comes by a path. */
const NO_PATHS: OwnPaths = {
  health: () => Response.error(),
  ready: () => Response.error(),
  metrics: async () => Response.error(),
  adminRead: () => Response.error(),
  admit: () => ({ kind: "refused" }),
  admin: async () => Response.error(),
};
