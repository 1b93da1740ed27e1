// The page "webhooks": whom the daemon tells of what, and how that fares.
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { useOperation } from "../api/use-operation.ts";
import { ToConfiguration } from "../lists/to-configuration.tsx";
import type { Topic } from "../live/use-topics.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/notice.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { WebhookCard } from "./webhook-card.tsx";

const TOPICS: readonly Topic[] = ["webhooks", "config"];
const EXAMPLE = `webhooks:
  - name: team
    url: \${SLACK_WEBHOOK_URL}
    form: slack
    events: [pool.*, provider.*]`;

export function WebhooksPage() {
  const asked = useOperation("webhooks.list", {}, { topics: TOPICS });
  const { run, isBusy } = useAction();
  const test = async (names: readonly string[]) => {
    await run(() => testWebhooks(names));
    asked.refresh();
  };
  const isAny = (asked.data?.webhooks.length ?? 0) > 0;
  const testAll = isAny && (
    <Button isBusy={isBusy} onClick={() => test([])}>
      {t("webhooks.test_all")}
    </Button>
  );
  return (
    <PageFrame title={t("pages.webhooks")} actions={testAll || undefined}>
      <p class="soft">{t("webhooks.about")}</p>
      <AskedView asked={asked} lines={6}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Empty title={t("webhooks.none")}>
              <p>{t("webhooks.none_hint")}</p>
              <ToConfiguration example={EXAMPLE} />
            </Empty>
          ) : (
            <ul class="items">
              {webhooks.map((webhook) => (
                <li key={webhook.name}>
                  <WebhookCard webhook={webhook} isBusy={isBusy} onTest={() => test([webhook.name])} />
                </li>
              ))}
            </ul>
          )
        }
      </AskedView>
    </PageFrame>
  );
}

/** Says how many took it. @throws Error with what went wrong with the others. */
async function testWebhooks(names: readonly string[]): Promise<string> {
  const { results } = await callOperation("webhooks.test", { webhooks: [...names] });
  const failed = results.filter(({ is_ok: isOk }) => !isOk);
  if (failed.length === 0) return t("webhooks.taken", { count: results.length });
  const faults = failed.map(({ name, status, fault }) => `${name}: ${fault ?? status ?? t("webhooks.no_answer")}`);
  throw new Error(t("webhooks.not_taken", { faults: faults.join("; ") }));
}
