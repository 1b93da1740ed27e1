// The page "overview": how the daemon fares, and what needs attention.
import type { Asked } from "../api/use-operation.ts";
import { formatTime } from "../format/format.ts";
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Notice } from "../ui/notice.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { Segments } from "../ui/tabs.tsx";
import { AttentionList } from "./attention-list.tsx";
import { Figures } from "./figures.tsx";
import { FirstSteps, hasUsage } from "./first-steps.tsx";
import { ProviderCards } from "./provider-cards.tsx";
import { Standing } from "./standing.tsx";
import { UsageCharts } from "./usage-charts.tsx";
import { type Overview, PERIODS, type PeriodName, type Stats, useOverview } from "./use-overview.ts";

const USUAL: PeriodName = "24h";

export function OverviewPage() {
  const [query, change] = useQuery();
  const period = PERIODS.find((name) => name === query.get("period")) ?? USUAL;
  const { overview, stats, refresh } = useOverview(period);
  const choices = PERIODS.map((name) => ({ name, text: t(`overview.periods.${name}`) }));
  const choose = (name: PeriodName) => change({ period: name === USUAL ? undefined : name });
  return (
    <PageFrame
      title={t("pages.overview")}
      actions={<Segments label={t("overview.period")} choices={choices} current={period} onChange={choose} />}
    >
      <AskedView asked={overview} lines={12}>
        {(data) => (
          <>
            <Standing overview={data} />
            <FirstSteps overview={data} />
            <AttentionList overview={data} onDone={refresh} />
            {hasUsage(data) && <Usage overview={data} stats={stats} period={period} />}
            {data.providers.length > 0 && (
              <section class="stack" aria-labelledby="providers">
                <h2 id="providers">{t("overview.providers.title")}</h2>
                <ProviderCards overview={data} />
              </section>
            )}
          </>
        )}
      </AskedView>
    </PageFrame>
  );
}

interface UsageProps {
  readonly overview: Overview;
  readonly stats: Asked<Stats>;
  readonly period: PeriodName;
}

/** The figures of a period with their charts, or why there are none. */
function Usage({ overview, stats, period }: UsageProps) {
  const { periods, periods_fault, recording } = overview;
  const from = periods?.[period].from;
  return (
    <section class="stack" aria-labelledby="figures">
      <div class="card-head">
        <h2 id="figures">{t(`overview.of_period.${period}`)}</h2>
        {from !== undefined && (
          <span class="small soft">
            {t("overview.counted")} {formatTime(from)}
          </span>
        )}
      </div>
      {!recording && <Notice kind="warn">{t("overview.not_recording")}</Notice>}
      {periods === undefined ? <Notice kind="bad">{periods_fault}</Notice> : <Figures totals={periods[period]} />}
      {periods !== undefined && (
        <AskedView asked={stats} lines={8}>
          {({ series }) => (
            <UsageCharts series={series} hint={period === "1m" ? t("overview.charts.of_hour") : undefined} />
          )}
        </AskedView>
      )}
    </section>
  );
}
