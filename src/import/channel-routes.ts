// What clients may ask for by the names of models: where every provider that offers one takes its turn.
import type { PlanDraft } from "./plan-draft.ts";

/** `target`: what the provider calls it. `priority`: the largest goes first. */
export interface Offer {
  readonly model: string;
  readonly provider: string;
  readonly target: string;
  readonly priority: number;
}

/** More would make the config file a heap. */
const MOST_ROUTES = 500;

/** A route for each model; one that a single provider offers by this name needs none where that is the default one. */
export function addRoutes(offers: readonly Offer[], draft: PlanDraft): void {
  const routes = [...Map.groupBy(offers, ({ model }) => model)].map(([model, all]) => ({
    model,
    all,
    only: onlyProvider(model, all),
  }));
  const [first] = offers;
  const isNeedless = ({ only }: { readonly only: string | undefined }) => only === first?.provider;
  const needed = routes.filter((route) => !isNeedless(route));
  for (const { model, all, only } of [...needed, ...routes.filter(isNeedless)].slice(0, MOST_ROUTES)) {
    const tiers = [...Map.groupBy(all, ({ priority }) => priority)].toSorted(([a], [b]) => b - a);
    draft.route(
      model,
      tiers.map(([, same]) => same.map(({ provider, target }) => `${provider}/${target}`)),
      only,
    );
  }
  const more = needed.length - MOST_ROUTES;
  if (more > 0)
    draft.leaveOut(`routes for ${more} models`, "there are too many; write those that are used under models");
}

function onlyProvider(model: string, offers: readonly Offer[]): string | undefined {
  const [first] = offers;
  const isOnly = offers.every(({ provider, target }) => provider === first?.provider && target === model);
  return isOnly ? first?.provider : undefined;
}
