// The big figures of a period.
import type { ComponentChildren } from "preact";
import { formatDuration, formatNumber, formatShare } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import type { Overview, PeriodName } from "./use-overview.ts";

type Totals = NonNullable<Overview["periods"]>[PeriodName];

const formatCount = (value: number) => formatNumber(value, { isShort: value >= 100_000 });

export function Figures({ totals }: { readonly totals: Totals }) {
  const { requests, served, refused, failed, left } = totals;
  const outcomes = Object.entries({ refused, failed, left }).filter(([, count]) => count > 0);
  const why = outcomes.map(
    ([name, count]) => `${t(`overview.outcomes.${name}` as "overview.outcomes.failed")} ${formatCount(count)}`,
  );
  return (
    <dl class="overview-figures">
      <Figure name={t("overview.figures.requests")} value={formatCount(requests)}>
        {retriesText(totals)}
      </Figure>
      <Figure name={t("overview.figures.served")} value={requests === 0 ? "–" : formatShare(served / requests)}>
        {why.length === 0 ? undefined : failed > 0 ? (
          <Link href={pagePath("logs", { query: { errors: "1" } })}>{why.join(", ")}</Link>
        ) : (
          why.join(", ")
        )}
      </Figure>
      <Figure name={t("overview.figures.tokens")} value={formatCount(totals.prompt_tokens + totals.completion_tokens)}>
        {t("overview.figures.tokens_of", {
          prompt: formatCount(totals.prompt_tokens),
          completion: formatCount(totals.completion_tokens),
        })}
      </Figure>
      <Times name={t("overview.figures.duration")} of={totals.duration_ms} />
      <Times name={t("overview.figures.first_byte")} of={totals.first_byte_ms} />
      {totals.cost > 0 && <Cost totals={totals} />}
    </dl>
  );
}

function Times({ name, of: { p50, p95, p99 } }: { readonly name: string; readonly of: Totals["duration_ms"] }) {
  const known = Object.entries({ p95, p99 }).flatMap(([rank, ms]) =>
    ms === undefined ? [] : [`${rank} ${formatDuration(ms)}`],
  );
  return (
    <Figure name={name} value={p50 === undefined ? "–" : formatDuration(p50)}>
      {known.map((part) => (
        <span key={part} class="overview-part">
          {part}
        </span>
      ))}
    </Figure>
  );
}

function Cost({ totals: { cost, unpriced } }: { readonly totals: Totals }) {
  return (
    <Figure name={t("overview.figures.cost")} value={formatNumber(cost)}>
      {unpriced > 0 ? t("overview.figures.unpriced", { count: unpriced }) : undefined}
    </Figure>
  );
}

function retriesText({ requests, attempts }: Totals): string | undefined {
  const more = attempts - requests;
  return more > 0 ? t("overview.figures.retries", { count: more }) : undefined;
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly children?: ComponentChildren;
}

function Figure({ name, value, children }: FigureProps) {
  return (
    <div class="card overview-figure">
      <dt class="small">{name}</dt>
      <dd class="overview-value">{value}</dd>
      <dd class="small soft">{children}</dd>
    </div>
  );
}
