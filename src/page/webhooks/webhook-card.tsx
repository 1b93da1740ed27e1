// One webhook: what it is told of, and what became of its messages.
import type { OutputOf } from "../../admin/operation-table.ts";
import { formatNumber } from "../format/format.ts";
import { Facts, Words } from "../lists/facts.tsx";
import { ItemCard } from "../lists/item-card.tsx";
import { t } from "../texts/texts.ts";
import { WordBadge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";

type WebhookRow = OutputOf<"webhooks.list">["webhooks"][number];
type Attempt = NonNullable<WebhookRow["last"]>;

export interface WebhookCardProps {
  readonly webhook: WebhookRow;
  readonly isBusy: boolean;
  readonly onTest: () => void;
}

export function WebhookCard({ webhook, isBusy, onTest }: WebhookCardProps) {
  const { name, url, form, signed, events, providers, last, last_fault: lastFault } = webhook;
  const test = (
    <Button isSmall isBusy={isBusy} aria-label={t("webhooks.test_named", { name })} onClick={onTest}>
      {t("webhooks.test")}
    </Button>
  );
  return (
    <ItemCard name={name} state={<WebhookState webhook={webhook} />} actions={test}>
      {webhook.gone && <Notice kind="bad">{t("webhooks.gone_about")}</Notice>}
      <Facts
        facts={[
          [t("webhooks.url"), <span key="url">{url}</span>],
          [t("webhooks.form"), `${t(`webhooks.forms.${form}`)}${signed ? `, ${t("webhooks.signed")}` : ""}`],
          [t("webhooks.events"), <Words key="events" words={events} />],
          [t("webhooks.providers"), providers !== undefined && <Words words={providers} />],
          [t("webhooks.delivered"), formatNumber(webhook.delivered)],
          [t("webhooks.pending"), webhook.pending > 0 && formatNumber(webhook.pending)],
          [t("webhooks.dropped"), webhook.dropped > 0 && formatNumber(webhook.dropped)],
          [t("webhooks.last"), last === undefined ? t("ui.never") : <Try attempt={last} />],
          [t("webhooks.last_fault"), isOlder(lastFault, last) && <Try attempt={lastFault} />],
        ]}
      />
    </ItemCard>
  );
}

function WebhookState({ webhook: { gone, last, last_fault: lastFault } }: { readonly webhook: WebhookRow }) {
  if (gone) return <WordBadge tone="bad" text="webhooks.state.gone" />;
  if (last === undefined) return <WordBadge tone="idle" text="webhooks.state.unused" />;
  if (last.at === lastFault?.at) return <WordBadge tone="bad" text="webhooks.state.failing" />;
  return <WordBadge tone="good" text="webhooks.state.well" />;
}

function Try({ attempt: { at, type, status, fault } }: { readonly attempt: Attempt }) {
  return (
    <>
      <RelativeTime at={at} /> <code>{type}</code> {fault ?? status ?? ""}
    </>
  );
}

function isOlder(fault: Attempt | undefined, last: Attempt | undefined): fault is Attempt {
  return fault !== undefined && fault.at !== last?.at;
}
