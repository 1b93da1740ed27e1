// The figures of a chart as a table, the latest first; times at which nothing happened are left out.
import { language, t } from "../texts/texts.ts";
import type { ChartData } from "./chart-data.ts";

export function ChartTable({ title, times, series, format }: ChartData) {
  const isWorthALine = (at: number) => series.some(({ values }) => (values[at] ?? 0) !== 0);
  const rows = times.flatMap((ms, at) => (isWorthALine(at) ? [{ ms, at }] : [])).reverse();
  if (rows.length === 0) return <p class="soft small">{t("overview.chart.empty")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (axe: scrollable-region-focusable)
    <section class="table-scroll chart-table" tabIndex={0} aria-label={title}>
      <table class="table small">
        <thead>
          <tr>
            <th scope="col">{t("overview.chart.from")}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ ms, at }) => (
            <tr key={ms}>
              <th scope="row">{momentText(ms)}</th>
              {series.map(({ label, values }) => (
                <td key={label} class="number">
                  {valueText(values[at], format)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** To the minute: no column is shorter. */
export function momentText(ms: number): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "short", timeStyle: "short" }).format(ms);
}

/** A dash where nothing was measured. */
export function valueText(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}
