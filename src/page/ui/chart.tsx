// A chart over time with its legend, and the same figures as a table for those who cannot see or point at it.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useModule } from "../api/use-module.ts";
import { theme } from "../shell/theme.ts";
import { language, t } from "../texts/texts.ts";
import type { ChartData } from "./chart-data.ts";
import { ChartTable, momentText, valueText } from "./chart-table.tsx";
import type { Plot, PlotData } from "./plot.ts";

export interface ChartProps extends ChartData {
  /** Bars stand on each other. */
  readonly isStacked?: boolean;
}

const DAY_MS = 86_400_000;

export function Chart({ title, times, series, isStacked = false, format }: ChartProps) {
  const id = useId();
  const [pointed, setPointed] = useState<number>();
  const [isTable, setTable] = useState(false);
  const shown = pointed !== undefined && pointed < times.length ? pointed : undefined;
  const at = shown === undefined ? undefined : times[shown];
  return (
    <figure class="card chart" aria-labelledby={id}>
      <figcaption class="card-head">
        <h3 id={id}>{title}</h3>
        <span class="small soft">{at === undefined ? t("overview.chart.latest") : momentText(at)}</span>
      </figcaption>
      <ul class="chart-legend">
        {series.map(({ label, colour, values }) => (
          <li key={label}>
            <span class={`chart-swatch chart-colour-${colour}`} aria-hidden="true" />
            {label} <strong>{valueText(shown === undefined ? values.at(-1) : values[shown], format)}</strong>
          </li>
        ))}
      </ul>
      <Canvas {...{ title, times, series, isStacked, format }} onPoint={setPointed} />
      <details onToggle={(event) => setTable(event.currentTarget.open)}>
        <summary class="small">{t("overview.chart.as_table")}</summary>
        {isTable && <ChartTable title={title} times={times} series={series} format={format} />}
      </details>
    </figure>
  );
}

type CanvasProps = Required<ChartProps> & { readonly onPoint: (index: number | undefined) => void };

function Canvas(props: CanvasProps) {
  const { title, times, series, onPoint } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const { module, hasFailed } = useModule(loadPlot);
  useEffect(() => {
    const element = place.current;
    if (element === null || module === undefined) return;
    const gone = new AbortController();
    plot.current = begin(element, latest, { drawPlot: module.drawPlot, gone: gone.signal });
    return () => gone.abort();
  }, [module]);
  useEffect(() => plot.current?.setData(dataOf(latest.current)), [times, series]);
  return (
    <div
      class="chart-place"
      ref={place}
      role="img"
      aria-label={summaryOf(props)}
      onMouseLeave={() => onPoint(undefined)}
    >
      {hasFailed && <p class="soft">{t("overview.chart.failed", { title })}</p>}
    </div>
  );
}

const loadPlot = () => import("./plot.ts");

interface BeginOptions {
  readonly drawPlot: Awaited<ReturnType<typeof loadPlot>>["drawPlot"];
  readonly gone: AbortSignal;
}

/** The chart, which follows size and theme until the signal aborts. */
function begin(place: HTMLDivElement, latest: { readonly current: CanvasProps }, options: BeginOptions): Plot {
  const { drawPlot, gone } = options;
  const { series, isStacked } = latest.current;
  const colours = coloursIn(place);
  const settings = {
    series: series.map(({ form, colour }) => ({ form, colour: () => colours(`var(--chart-${colour})`) })),
    isStacked,
    text: () => colours("var(--text-soft)"),
    line: () => colours("var(--line)"),
    font: `12px ${getComputedStyle(place).fontFamily}`,
    formatValue: (value: number) => latest.current.format(value),
    formatTime: (ms: number) => tickText(ms, latest.current.times),
    onPoint: (index: number | undefined) => latest.current.onPoint(index),
  };
  const plot = drawPlot(place, settings, dataOf(latest.current));
  const observer = new ResizeObserver(() => plot.fit());
  observer.observe(place);
  const stopTheme = theme.listen(() => plot.redraw());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw(), { signal: gone });
  gone.addEventListener("abort", () => {
    observer.disconnect();
    stopTheme();
    plot.destroy();
  });
  return plot;
}

/** A canvas takes no variables: what one comes to is read from an element that has it. */
function coloursIn(place: HTMLElement): (colour: string) => string {
  const probe = place.appendChild(document.createElement("span"));
  probe.hidden = true;
  return (colour) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  };
}

function dataOf({ times, series }: Pick<ChartData, "times" | "series">): PlotData {
  return { times, values: series.map(({ values }) => values) };
}

function tickText(ms: number, times: readonly number[]): string {
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const form: Intl.DateTimeFormatOptions =
    spanMs > 2 * DAY_MS
      ? { month: "numeric", day: "numeric" }
      : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language.value, form).format(ms);
}

/** `Requests. Served: latest 3, highest 12.` */
function summaryOf({ title, series, format }: Omit<ChartData, "times">): string {
  const parts = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return t("overview.chart.nothing", { label });
    return t("overview.chart.summary", {
      label,
      latest: format(known.at(-1) ?? 0),
      highest: format(Math.max(...known)),
    });
  });
  return `${title}. ${parts.join(" ")}`;
}
