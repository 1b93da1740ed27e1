// What is said of something that needs attention, and where there is more about it.
import { pagePath } from "../router/route.ts";
import { t, textOf } from "../texts/texts.ts";
import type { Attention } from "./run-attention.ts";

export function attentionTitle({
  kind,
  provider = "",
  subject = "",
  count = 0,
  of = 0,
  keys = [],
  models = [],
}: Attention): string {
  const values = {
    provider,
    subject,
    count,
    of,
    name: keys[0]?.name ?? "",
    model: models[0] || t("overview.no_model"),
  };
  return textOf(`overview.kinds.${kind}`, values) ?? kind;
}

/** Where keys are added, or where the keys, jobs and so on are that it is about. */
export function attentionLink(item: Attention): { readonly href: string; readonly text: string } | undefined {
  const { kind, provider } = item;
  const add = item.actions.find(({ operation }) => operation === "keys.add");
  if (add !== undefined) {
    const meant = add.input.provider;
    const query = { add: "1", ...(typeof meant === "string" && { provider: meant }) };
    return { href: pagePath("keys", { query }), text: t("overview.actions.keys_add") };
  }
  const show = (href: string) => ({ href, text: t("overview.show") });
  const [key] = item.count === 1 ? (item.keys ?? []) : [];
  if (key !== undefined) return show(pagePath("keys", { rest: key.id }));
  if (kind.startsWith("keys_")) {
    const status = kind === "keys_disabled_by_rule" ? "disabled" : kind.slice("keys_".length);
    return show(pagePath("keys", { query: { provider, status } }));
  }
  if (kind.startsWith("job_")) return show(pagePath("jobs"));
  if (kind.startsWith("webhook_")) return show(pagePath("webhooks"));
  if (kind.startsWith("proxy_")) return show(pagePath("proxies"));
  if (kind === "config_refused" || kind === "restart_needed" || kind.startsWith("certificate_"))
    return show(pagePath("config"));
  if (kind === "token_store_fault") return show(pagePath("tokens"));
  return undefined;
}
