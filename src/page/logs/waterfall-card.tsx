// Where the time of a request went, as bars along its duration, and as a table for whoever does not see them.
import { formatDuration } from "../format/format.ts";
import { isolated, t } from "../texts/texts.ts";
import { outcomeText, type RecordDetail } from "./record-words.ts";
import { SpanTrack } from "./span-track.tsx";
import { type SpanKind, type Waterfall, type WaterfallRow, waterfallOf } from "./waterfall.ts";

const KINDS: readonly SpanKind[] = ["body", "wait", "backoff", "connect", "think", "answer", "attempt"];
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** Of less, quarters have the names of others: times are told in whole milliseconds. */
const LEAST_QUARTERED_MS = 8;

export function WaterfallCard({ record }: { readonly record: RecordDetail }) {
  const waterfall = waterfallOf(record);
  const kinds = KINDS.filter((kind) => waterfall.rows.some(({ spans }) => spans.some((span) => span.kind === kind)));
  return (
    <section class="card" aria-labelledby="waterfall">
      <div class="card-head">
        <h2 id="waterfall">{t("logs.waterfall.title")}</h2>
        <ul class="logs-legend" aria-label={t("logs.waterfall.legend")}>
          {kinds.map((kind) => (
            <li key={kind}>
              <span class="logs-swatch" data-kind={kind} aria-hidden="true" />
              {t(`logs.spans.${kind}`)}
            </li>
          ))}
        </ul>
      </div>
      <Axis totalMs={waterfall.totalMs} />
      <ol class="logs-bars">
        {waterfall.rows.map((row, index) => (
          <Bar key={index} row={row} waterfall={waterfall} />
        ))}
      </ol>
      <details>
        <summary>{t("logs.waterfall.table")}</summary>
        <SpanTable waterfall={waterfall} />
      </details>
    </section>
  );
}

function Axis({ totalMs }: { readonly totalMs: number }) {
  return (
    <div class="logs-axis" aria-hidden="true">
      {(totalMs < LEAST_QUARTERED_MS ? [0, 1] : TICKS).map((tick) => (
        <span key={tick} style={{ insetInlineStart: `${tick * 100}%` }} data-last={tick === 1}>
          {formatDuration(totalMs * tick)}
        </span>
      ))}
    </div>
  );
}

function Bar({ row, waterfall }: { readonly row: WaterfallRow; readonly waterfall: Waterfall }) {
  const { totalMs, firstByteMs } = waterfall;
  const { attempt, spans } = row;
  return (
    <li class="logs-bar">
      {attempt === undefined ? (
        <span class="logs-bar-name">{nameOf(row)}</span>
      ) : (
        <button type="button" class="logs-bar-name" onClick={() => showAttempt(attempt.number)}>
          <bdi>{nameOf(row)}</bdi>
        </button>
      )}
      <SpanTrack spans={spans} totalMs={totalMs} firstByteMs={firstByteMs} />
    </li>
  );
}

function SpanTable({ waterfall }: { readonly waterfall: Waterfall }) {
  return (
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t("logs.waterfall.step")}</th>
            <th scope="col" class="number">
              {t("logs.waterfall.from")}
            </th>
            <th scope="col" class="number">
              {t("logs.fields.took")}
            </th>
          </tr>
        </thead>
        <tbody>
          {waterfall.rows.flatMap((row, index) =>
            row.spans.map((span) => (
              <tr key={`${index}-${span.kind}`}>
                <th scope="row">
                  <bdi>{nameOf(row)}</bdi>: {t(`logs.spans.${span.kind}`)}
                </th>
                <td class="number">{formatDuration(span.from)}</td>
                <td class="number">{formatDuration(span.to - span.from)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}

function nameOf({ attempt, spans }: WaterfallRow): string {
  if (attempt === undefined) return t(spans[0]?.kind === "body" ? "logs.waterfall.client" : "logs.waterfall.served");
  const outcome = attempt.outcome === undefined ? "" : `: ${outcomeText(attempt.outcome)}`;
  return `${attempt.number}. ${attempt.provider}/${isolated(attempt.key)}${outcome}`;
}

/** Brings whoever uses the keyboard to its heading. */
function showAttempt(number: number): void {
  const heading = document.getElementById(`attempt-${number}`);
  heading?.focus();
  heading?.scrollIntoView({ block: "center" });
}
