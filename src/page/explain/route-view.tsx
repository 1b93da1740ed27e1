// The tiers of the route in fallback order, with how their providers fare.
import { t, textOf } from "../texts/texts.ts";
import { StateBadge } from "../ui/badge.tsx";
import { DueTime } from "../ui/due-time.tsx";
import type { Explained } from "./outcome.tsx";

type Tier = Explained["route"][number];
type Target = Tier["targets"][number];

export function RouteView({ found: { route } }: { readonly found: Explained }) {
  return (
    <section class="card" aria-labelledby="explain-route">
      <h2 id="explain-route">{t("explain.route")}</h2>
      <ol class="tiers">
        {route.map((tier, index) => (
          <li key={index}>
            <div class="row">
              <h3>{t("explain.tier", { number: index + 1 })}</h3>
              <span class="soft small">{textOf(`explain.strategy.${tier.strategy}`) ?? tier.strategy}</span>
            </div>
            {tier.targets.length === 0 && <p class="soft">{t("explain.no_target")}</p>}
            <ul class="plain-list">
              {tier.targets.map((target) => (
                <li key={`${target.provider}/${target.model ?? ""}`} class="row">
                  <TargetView target={target} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}

function TargetView({ target }: { readonly target: Target }) {
  const { provider, model, state, until, model_state, model_until } = target;
  return (
    <>
      <strong>{provider}</strong>
      {model !== undefined && <bdi class="mono">{model}</bdi>}
      <StateBadge state={state} />
      {until !== undefined && <DueTime at={until} />}
      {model_state !== undefined && (
        <>
          <span class="soft">{t("explain.model_there")}</span>
          <StateBadge state={model_state} />
          {model_state === "open" && model_until !== undefined && <DueTime at={model_until} />}
        </>
      )}
    </>
  );
}
