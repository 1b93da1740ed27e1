// Decides which provider gets a model, and under which name.
import type { Need, Target } from "../../balancer/contract.ts";
import type { Config, ModelRoute } from "../../config/config.ts";

/** What routing knows of one enabled provider. */
export interface RoutingProvider {
  readonly name: string;
  readonly path: string;
  /** The include and exclude patterns let the model through. */
  allows(model: string): boolean;
  /** An include entry without wildcards is this model. */
  includes(model: string): boolean;
  /** The provider's list, as last fetched, has the model; an unknown list has none. */
  lists(model: string): boolean;
}

export interface RoutingView {
  readonly defaultProvider: string | undefined;
  /** The enabled ones, in file order. */
  readonly providers: readonly RoutingProvider[];
  readonly aliases: Config["models"];
}

/** Which rule chose a route, in the order in which they are tried; `named`: the request names its provider. */
export type RouteRule = "alias" | "default-has-it" | "prefix" | "listed" | "default" | "named";

/** A route may be empty: there is no provider that could be asked. */
export type RoutedModel =
  | { readonly ok: true; readonly route: Need["route"]; readonly rule: RouteRule }
  | { readonly ok: false; readonly code: "model_not_found" };

const NOT_FOUND: RoutedModel = { ok: false, code: "model_not_found" };
const NOWHERE: RoutedModel = { ok: true, route: [], rule: "default" };

/**
 * The route of a request that names no provider, by the first rule that applies: an alias; the default provider if it
 * is known to have the model; the provider that stands before the first `/`; the first other provider whose list has
 * the model; the default provider. A model that a provider filters out counts as absent there.
 */
export function routeModel(model: string | undefined, view: RoutingView): RoutedModel {
  const fallback = view.providers.find(({ name }) => name === view.defaultProvider);
  if (model === undefined) return fallback === undefined ? NOWHERE : routeTo(fallback.name, undefined, "default");
  const alias = view.aliases.get(model);
  if (alias !== undefined) return routeAlias(alias, view);
  if (fallback !== undefined && isKnownAt(fallback, model)) return routeTo(fallback.name, model, "default-has-it");
  const prefixed = targetOfPrefix(model, view);
  if (prefixed !== undefined) return routeTo(prefixed.provider, prefixed.model, "prefix");
  const lister = view.providers.find((other) => other !== fallback && other.lists(model) && other.allows(model));
  if (lister !== undefined) return routeTo(lister.name, model, "listed");
  return fallback === undefined ? NOWHERE : routeToProvider(fallback, model, "default");
}

/** The route of a request that names its provider: the model goes there as it is, unless it is filtered out. */
export function routeToProvider(
  provider: RoutingProvider,
  model: string | undefined,
  rule: RouteRule = "named",
): RoutedModel {
  return model === undefined || provider.allows(model) ? routeTo(provider.name, model, rule) : NOT_FOUND;
}

function routeTo(provider: string, model: string | undefined, rule: RouteRule): RoutedModel {
  return { ok: true, route: [[{ provider, model }]], rule };
}

/** Targets at providers that are off or filter the model are skipped, and tiers that this leaves empty. */
function routeAlias(alias: ModelRoute, { providers }: RoutingView): RoutedModel {
  const route = alias
    .map((tier) =>
      tier.filter((target) => providers.find(({ name }) => name === target.provider)?.allows(target.model)),
    )
    .filter((tier) => tier.length > 0);
  return route.length > 0 ? { ok: true, route, rule: "alias" } : NOT_FOUND;
}

function isKnownAt(provider: RoutingProvider, model: string): boolean {
  return (provider.includes(model) || provider.lists(model)) && provider.allows(model);
}

/** `deepseek/deepseek-chat` is deepseek-chat at deepseek; a name counts before a path, as in the routes. */
function targetOfPrefix(model: string, { providers }: RoutingView): Target | undefined {
  const slash = model.indexOf("/");
  if (slash <= 0 || slash === model.length - 1) return undefined;
  const prefix = model.slice(0, slash);
  const rest = model.slice(slash + 1);
  const named = providers.find(({ name }) => name === prefix) ?? providers.find(({ path }) => path === prefix);
  return named?.allows(rest) ? { provider: named.name, model: rest } : undefined;
}
