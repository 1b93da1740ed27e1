// A setup as a client token sees it that may use some providers only.
import type { KnownToken } from "../../tokens/known-token.ts";
import type { Setup } from "../setup.ts";

/** Setups are built anew by each reload, tokens by each change of them. */
const known = new WeakMap<Setup, WeakMap<KnownToken, Setup>>();

/**
 * The setup whose routing knows no other providers. The default one is that of the configuration, or, where the token may
 * not use it, the first that it may use and that has keys.
 */
export function scopedSetup(setup: Setup, token: KnownToken | undefined): Setup {
  if (token?.scope?.limitsProviders !== true) return setup;
  const ofSetup = known.get(setup) ?? new WeakMap<KnownToken, Setup>();
  known.set(setup, ofSetup);
  const found = ofSetup.get(token) ?? restrict(setup, token.scope.allowsProvider);
  ofSetup.set(token, found);
  return found;
}

function restrict(setup: Setup, allows: (name: string) => boolean): Setup {
  const { routing } = setup;
  const providers = routing.providers.filter(({ name }) => allows(name));
  const isAllowed = routing.defaultProvider !== undefined && allows(routing.defaultProvider);
  const first = providers.find(({ name }) => (setup.providers.get(name)?.keys.size ?? 0) > 0) ?? providers[0];
  const defaultProvider = isAllowed ? routing.defaultProvider : first?.name;
  return { ...setup, routing: { ...routing, providers, defaultProvider } };
}
