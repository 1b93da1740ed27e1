// Everything that one configuration means for the request path; a request keeps the one that it began with.
import type { Config } from "../config/config.ts";
import { compileGlobs } from "../core/glob.ts";
import type { ClientTokens } from "../tokens/client-tokens.ts";
import type { Provider } from "../upstream/provider.ts";
import type { BufferPool } from "./body/buffer-pool.ts";
import { type Authenticator, createAuthenticator } from "./entrance/authenticate.ts";
import { type ClientAddress, createClientAddress, createIsSecure, type IsSecure } from "./entrance/client-address.ts";
import { type Cors, createCors } from "./entrance/cors.ts";
import type { ModelCatalog } from "./models/model-catalog.ts";
import type { RoutingProvider, RoutingView } from "./models/route-model.ts";
import type { ProviderNames } from "./paths/provider-names.ts";

export interface Setup {
  readonly config: Config;
  /** The enabled ones, by name, in file order. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly names: ProviderNames;
  readonly authenticator: Authenticator;
  readonly addressOf: ClientAddress;
  readonly isSecure: IsSecure;
  readonly cors: Cors | undefined;
  readonly routing: RoutingView;
  readonly bodies: BufferPool;
}

/** What outlives a configuration. */
export interface Lasting {
  readonly catalog: ModelCatalog;
  /** Takes the limit of the new configuration; bodies held since the old one count. */
  readonly bodies: BufferPool;
  readonly tokens: ClientTokens;
}

/** Builds the setup of a configuration from the providers that were built for it. */
export function buildSetup(config: Config, built: readonly Provider[], { catalog, bodies, tokens }: Lasting): Setup {
  bodies.resize(config.server.maxBufferedBytes);
  const { host, trustedProxies, cors: corsRules } = config.server;
  const cors = corsRules && createCors(corsRules);
  const enabled = built.filter((provider) => provider.config.enabled);
  return {
    config,
    providers: new Map(enabled.map((provider) => [provider.config.name, provider])),
    names: namesOf(enabled),
    authenticator: createAuthenticator(config.auth, {
      host,
      tokens,
      mayCall: cors?.names,
      isProxied: trustedProxies.length > 0,
    }),
    addressOf: createClientAddress(trustedProxies),
    isSecure: createIsSecure(trustedProxies),
    cors,
    routing: {
      defaultProvider: config.defaultProvider,
      providers: enabled.map((provider) => routingProvider(provider, catalog)),
      aliases: config.models,
    },
    bodies,
  };
}

function namesOf(providers: readonly Provider[]): ProviderNames {
  const names = providers.map(({ config, dialect }) => ({
    name: config.name,
    path: config.path,
    dialect: config.dialect,
    nativePrefixes: dialect.nativePrefixes,
    isGoogle: dialect.nativeVendor === "gemini",
  }));
  return {
    byName: new Map(names.map((entry) => [entry.name, entry])),
    byPath: new Map(names.map((entry) => [entry.path, entry])),
  };
}

function routingProvider({ config, dialect }: Provider, catalog: ModelCatalog): RoutingProvider {
  const { name, models } = config;
  const { modelList } = dialect;
  const [isIncluded, isExcluded] = [models.include, models.exclude].map(
    modelList?.kind === "prefixed" ? globsWithout(modelList.prefix) : compileGlobs,
  ) as [Matches, Matches];
  const exact = new Set(models.include.filter((pattern) => !/[*?]/.test(pattern)));
  return {
    name,
    path: config.path,
    allows: (model) => isIncluded(model) && !isExcluded(model),
    includes: (model) => exact.has(model),
    lists: (model) => catalog.has(name, model),
  };
}

type Matches = (model: string) => boolean;

/** Patterns and models may both have the prefix or not. */
function globsWithout(prefix: string): (patterns: readonly string[]) => Matches {
  const bare = (text: string) => (text.startsWith(prefix) ? text.slice(prefix.length) : text);
  return (patterns) => {
    const matches = compileGlobs(patterns.map(bare));
    return (model) => matches(bare(model));
  };
}
