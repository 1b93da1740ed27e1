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

/** A route for each model that more than one provider offers, or that is not the first provider's, or is renamed. */
export function addRoutes(offers: readonly Offer[], draft: PlanDraft): void {
  const [first] = offers;
  const wanted = [...Map.groupBy(offers, ({ model }) => model)].filter(([model, all]) =>
    all.some(({ provider, target }) => provider !== first?.provider || target !== model),
  );
  for (const [model, all] of wanted.slice(0, MOST_ROUTES)) {
    const tiers = [...Map.groupBy(all, ({ priority }) => priority)].toSorted(([a], [b]) => b - a);
    draft.route(
      model,
      tiers.map(([, same]) => same.map(({ provider, target }) => `${provider}/${target}`)),
    );
  }
  if (wanted.length > MOST_ROUTES)
    draft.leaveOut(
      `routes for ${wanted.length - MOST_ROUTES} models`,
      "there are too many; write those that are used under models",
    );
}
