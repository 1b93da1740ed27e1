// What requests came to over time.
import { useMemo } from "preact/hooks";
import { formatDuration, formatNumber } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { Chart } from "../ui/chart.tsx";
import type { ChartSeries } from "../ui/chart-data.ts";
import type { Stats } from "./use-overview.ts";

type Point = Stats["series"][number];

const formatCount = (value: number) => formatNumber(value, { isShort: true });

export interface UsageChartsProps {
  readonly series: readonly Point[];
  /** Said above them where they are of another time than the figures. */
  readonly hint?: string | undefined;
}

export function UsageCharts({ series, hint }: UsageChartsProps) {
  // A chart is drawn anew when its lists are other ones.
  const { times, ...of } = useMemo(() => columnsOf(series), [series]);
  return (
    <>
      {hint !== undefined && <p class="soft small">{hint}</p>}
      <div class="overview-charts">
        <Chart
          title={t("overview.charts.requests")}
          times={times}
          series={of.requests}
          isStacked
          format={formatCount}
        />
        <Chart title={t("overview.charts.duration")} times={times} series={of.duration} format={formatDuration} />
        <Chart title={t("overview.charts.first_byte")} times={times} series={of.firstByte} format={formatDuration} />
        <Chart title={t("overview.charts.tokens")} times={times} series={of.tokens} isStacked format={formatCount} />
      </div>
    </>
  );
}

function columnsOf(points: readonly Point[]) {
  const bars = (label: string, colour: ChartSeries["colour"], value: (point: Point) => number): ChartSeries => {
    return { label, colour, values: points.map(value), form: "bars" };
  };
  const lines = (half: keyof Point & `${string}_p50`, most: keyof Point & `${string}_p95`): ChartSeries[] => [
    { label: t("overview.charts.p50"), colour: 1, values: points.map((point) => point[half] ?? null), form: "line" },
    { label: t("overview.charts.p95"), colour: 4, values: points.map((point) => point[most] ?? null), form: "line" },
  ];
  return {
    times: points.map(({ at }) => Date.parse(at)),
    requests: [
      bars(t("overview.outcomes.served"), 3, ({ served }) => served),
      bars(t("overview.outcomes.refused"), 5, ({ refused }) => refused),
      bars(t("overview.outcomes.failed"), 2, ({ failed }) => failed),
      bars(t("overview.outcomes.left"), 1, leftIn),
    ],
    duration: lines("duration_p50", "duration_p95"),
    firstByte: lines("first_byte_p50", "first_byte_p95"),
    tokens: [
      bars(t("overview.charts.prompt"), 1, ({ prompt_tokens }) => prompt_tokens),
      bars(t("overview.charts.completion"), 4, ({ completion_tokens }) => completion_tokens),
    ],
  };
}

/** Those whose client left. */
function leftIn({ requests, served, refused, failed }: Point): number {
  return requests - served - refused - failed;
}
