// A bar along the duration of a request, with what it waited for and what an attempt did.
import { formatDuration } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import type { Span } from "./waterfall.ts";

export interface SpanTrackProps {
  readonly spans: readonly Span[];
  /** How long all of the request took. */
  readonly totalMs: number;
  /** When the first byte of the answer went to the client. */
  readonly firstByteMs: number | undefined;
}

export function SpanTrack({ spans, totalMs, firstByteMs }: SpanTrackProps) {
  const text = spans.map((span) => `${t(`logs.spans.${span.kind}`)} ${formatDuration(span.to - span.from)}`).join(", ");
  return (
    <span class="logs-track" role="img" aria-label={text}>
      {spans.map((span) => (
        <i key={span.kind} data-kind={span.kind} title={titleOf(span)} style={placeOf(span, totalMs)} />
      ))}
      {firstByteMs !== undefined && (
        <b style={{ insetInlineStart: `${(firstByteMs / totalMs) * 100}%` }} title={t("logs.detail.first_byte")} />
      )}
    </span>
  );
}

function titleOf({ kind, from, to }: Span): string {
  return `${t(`logs.spans.${kind}`)}: ${formatDuration(to - from)}`;
}

function placeOf({ from, to }: Span, totalMs: number) {
  return { insetInlineStart: `${(from / totalMs) * 100}%`, inlineSize: `${((to - from) / totalMs) * 100}%` };
}
