// Providers that need attention, and the models that fail there.
import type { ProviderRow } from "../provider-rows.ts";
import { type AttentionKind, type AttentionRow, attentionOf, press } from "./attention.ts";

const MOST_MODELS = 10;

const KIND_OF: Readonly<Partial<Record<ProviderRow["state"], AttentionKind>>> = {
  no_usable_key: "provider_no_usable_key",
  open: "provider_open",
  half_open: "provider_open",
  suspect: "provider_suspect",
  no_key: "provider_no_key",
};

const ADD_KEYS = { operation: "keys.add", needs_more: true } as const;

/** One item where nothing can serve at all, else one for each that is out, and for its models. */
export function providerAttention(providers: readonly ProviderRow[]): readonly AttentionRow[] {
  const enabled = providers.filter(({ state }) => state !== "off");
  if (!enabled.some(({ state }) => state !== "no_key" && state !== "no_usable_key")) {
    const of = enabled.reduce((sum, { keys }) => sum + keys.total, 0);
    const usual = enabled.find(({ is_default }) => is_default);
    const input = usual === undefined ? {} : { provider: usual.name };
    const nothing = attentionOf("no_usable_key", "critical", { count: of }, [{ ...ADD_KEYS, input }]);
    return [nothing, ...enabled.flatMap(ofModels)];
  }
  return enabled.flatMap((provider) => [...ofProvider(provider), ...ofModels(provider)]);
}

function ofProvider({ name, state, keys, since, until, reason, status, message }: ProviderRow): AttentionRow[] {
  const kind = KIND_OF[state];
  if (kind === undefined) return [];
  const facts = { provider: name, since, until, reason, status, message };
  const input = { provider: name };
  const add = { ...ADD_KEYS, input };
  if (state === "no_key") return [attentionOf(kind, "notice", facts, [add])];
  if (state === "no_usable_key") {
    const counts = { count: keys.total, of: keys.total };
    return [attentionOf(kind, "critical", { ...facts, ...counts }, [add])];
  }
  return [attentionOf(kind, "critical", facts, [press("providers.reset", input), press("test", input)])];
}

function ofModels({ name, open_models: models }: ProviderRow): AttentionRow[] {
  const [first, ...others] = models;
  if (first === undefined) return [];
  const { since, until, reason, status, message } = first;
  const why =
    others.length === 0
      ? { since, until, reason, status, message }
      : { since: least(models, "since"), until: least(models, "until") };
  const names = models.slice(0, MOST_MODELS).map(({ model }) => model);
  // A breaker of requests that name no model is closed with all others only.
  const which = others.length === 0 && first.model !== "" ? { model: first.model } : {};
  const actions = [
    press("providers.reset", { provider: name, ...which }),
    ...(first.model === "" ? [] : [press("test", { provider: name, model: first.model })]),
  ];
  return [
    attentionOf("models_open", "warning", { provider: name, models: names, count: models.length, ...why }, actions),
  ];
}

/** Times as they are sent sort as texts. */
function least(models: ProviderRow["open_models"], field: "since" | "until"): string | undefined {
  return models.flatMap((model) => model[field] ?? []).toSorted()[0];
}
