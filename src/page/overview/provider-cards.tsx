// Each provider with its breaker, its keys by state, and the models that fail there.
import { formatNumber } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Badge, StateBadge } from "../ui/badge.tsx";
import { Cause } from "./cause.tsx";
import type { Overview } from "./use-overview.ts";

type Provider = Overview["providers"][number];

const KEY_STATES = ["ready", "half_open", "cooling", "exhausted", "invalid", "disabled"] as const;

export function ProviderCards({ overview: { providers, more_providers } }: { readonly overview: Overview }) {
  return (
    <>
      <ul class="cards overview-list">
        {providers.map((provider) => (
          <li key={provider.name} class="card">
            <ProviderCard provider={provider} />
          </li>
        ))}
      </ul>
      {more_providers > 0 && <p class="soft small">{t("overview.providers.more", { count: more_providers })}</p>}
    </>
  );
}

function ProviderCard({ provider }: { readonly provider: Provider }) {
  const { name, state, is_default, in_flight, keys } = provider;
  return (
    <>
      <div class="card-head">
        <h3>
          <Link href={pagePath("keys", { query: { provider: name } })}>{name}</Link>
        </h3>
        <span class="row">
          {is_default && <Badge tone="info">{t("overview.providers.default")}</Badge>}
          <StateBadge state={state} />
        </span>
      </div>
      <Cause of={provider} />
      <KeyStates provider={name} keys={keys} />
      <OpenModels provider={provider} />
      <p class="small soft">
        {t("overview.providers.keys", { count: keys.total })} · {t("overview.in_flight", { count: in_flight })}
      </p>
    </>
  );
}

function KeyStates({ provider, keys }: { readonly provider: string; readonly keys: Provider["keys"] }) {
  const there = KEY_STATES.filter((state) => keys[state] > 0);
  if (there.length === 0) return null;
  return (
    <>
      <span class="overview-bar" aria-hidden="true">
        {there.map((state) => (
          <span key={state} class={`overview-bar-${state}`} style={{ flexGrow: keys[state] }} />
        ))}
      </span>
      <ul class="row overview-list">
        {there.map((state) => (
          <li key={state}>
            <Link class="overview-state" href={pagePath("keys", { query: { provider, status: state } })}>
              <StateBadge state={state} /> {formatNumber(keys[state])}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function OpenModels({ provider: { open_models, more_models } }: { readonly provider: Provider }) {
  if (open_models.length === 0) return null;
  return (
    <details class="small">
      <summary>{t("overview.providers.models", { count: open_models.length + more_models })}</summary>
      <ul class="stack overview-list">
        {open_models.map((model) => (
          <li key={model.model}>
            <span class="row">
              <code>{model.model === "" ? t("overview.no_model") : model.model}</code>
              <StateBadge state={model.state} />
            </span>
            <Cause of={model} />
          </li>
        ))}
      </ul>
    </details>
  );
}
