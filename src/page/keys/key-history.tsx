// What requests with a key came to over time.
import { useState } from "preact/hooks";
import type { OutputOf } from "../../admin/operation-table.ts";
import { useOperation } from "../api/use-operation.ts";
import { formatNumber } from "../format/format.ts";
import { useCalmRefresh } from "../lists/use-calm-refresh.ts";
import type { Topic } from "../live/use-topics.ts";
import { UsageCharts } from "../overview/usage-charts.tsx";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Segments } from "../ui/tabs.tsx";

const PERIODS = ["1h", "24h", "7d", "30d"] as const;
type Total = OutputOf<"stats">["total"];
type Period = (typeof PERIODS)[number];

const TOPICS: readonly Topic[] = ["requests", "records"];
/** Its shortest parts are of a minute. */
const QUIET_MS = 15_000;

export function KeyHistory({ id }: { readonly id: string }) {
  const [period, setPeriod] = useState<Period>("24h");
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const asked = useOperation("stats", { by: "key", value: id, period, zone: timeZone, limit: 1 });
  useCalmRefresh(TOPICS, QUIET_MS, asked);
  const choices = PERIODS.map((name) => ({ name, text: t(`key_edit.periods.${name}`) }));
  return (
    <section class="stack" aria-labelledby="history">
      <div class="card-head">
        <h2 id="history">{t("key_edit.detail.history")}</h2>
        <Segments label={t("key_edit.detail.period")} choices={choices} current={period} onChange={setPeriod} />
      </div>
      <AskedView asked={asked} lines={6}>
        {({ total, series }) => (
          <>
            <p class="small soft">{totalsText(total)}</p>
            {total.requests > 0 && <UsageCharts series={series} />}
          </>
        )}
      </AskedView>
    </section>
  );
}

function totalsText({ requests, served, attempts, failed_attempts, ...tokens }: Total): string {
  return t("key_edit.detail.totals", {
    count: requests,
    served: formatNumber(served),
    attempts: formatNumber(attempts),
    failed: formatNumber(failed_attempts),
    tokens: formatNumber(tokens.prompt_tokens + tokens.completion_tokens, { isShort: true }),
  });
}
