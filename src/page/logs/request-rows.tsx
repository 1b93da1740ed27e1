// Requests as lines of a list, each of which leads to its whole story.
import { formatDuration, formatNumber, formatTime } from "../format/format.ts";
import { formatClock } from "../format/format-clock.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Badge } from "../ui/badge.tsx";
import { type RecordRow, statusText, toneOf, whyText } from "./record-words.ts";

export interface RequestRowsProps {
  readonly rows: readonly RecordRow[];
  /** Goes along, so that the way back leads to the same list. */
  readonly query: URLSearchParams;
}

export function RequestRows({ rows, query }: RequestRowsProps) {
  const kept = Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
  return (
    <div class="logs-table">
      <div class="logs-row logs-head" aria-hidden="true">
        <span>{t("logs.fields.time")}</span>
        <span>{t("logs.fields.status")}</span>
        <span>{t("logs.fields.model")}</span>
        <span>{t("logs.fields.served")}</span>
        <span class="number">{t("logs.fields.took")}</span>
        <span class="number">{t("logs.fields.tokens")}</span>
        <span class="number">{t("logs.fields.attempts")}</span>
      </div>
      <ol class="logs-rows" aria-label={t("logs.list")}>
        {rows.map((row) => (
          <li key={row.id}>
            <Link class="logs-row" href={pagePath("logs", { rest: row.id, query: kept })}>
              <RowCells row={row} />
            </Link>
          </li>
        ))}
      </ol>
    </div>
  );
}

function RowCells({ row }: { readonly row: RecordRow }) {
  const why = whyText(row);
  return (
    <>
      <time class="soft" dateTime={row.ended_at} title={formatTime(row.ended_at)}>
        {formatClock(row.ended_at, Date.now())}
      </time>
      <span>
        <Badge tone={toneOf(row)}>{statusText(row)}</Badge>
      </span>
      <span class="logs-cell">
        <bdi>{row.model ?? row.operation}</bdi>
        {why !== undefined && (
          <bdi class="logs-why" data-tone={toneOf(row)}>
            {why}
          </bdi>
        )}
      </span>
      <ServedBy row={row} />
      <span class="number">{formatDuration(row.ms)}</span>
      <span class="number">{tokensOf(row)}</span>
      <span class="number">
        {row.attempts > 1 ? t("logs.attempts", { count: row.attempts }) : <span class="unseen">{row.attempts}</span>}
      </span>
    </>
  );
}

function ServedBy({ row: { provider, key } }: { readonly row: RecordRow }) {
  if (provider === undefined) return <span class="logs-cell" />;
  return (
    <span class="logs-cell">
      <bdi>{provider}</bdi>
      {key !== undefined && <bdi class="soft">{key}</bdi>}
    </span>
  );
}

function tokensOf({ prompt_tokens: input, completion_tokens: output }: RecordRow): string {
  if (input === undefined && output === undefined) return "";
  return `${formatNumber(input ?? 0)} + ${formatNumber(output ?? 0)}`;
}
