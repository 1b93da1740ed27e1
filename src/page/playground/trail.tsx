// The attempts of one request, in their order: which key was asked, and how that ended.
import { formatDuration } from "../format/format.ts";
import { outcomeText, toneOfAttempt } from "../logs/record-words.ts";
import { SpanTrack } from "../logs/span-track.tsx";
import { type Span, type Waterfall, waterfallOf } from "../logs/waterfall.ts";
import { t } from "../texts/texts.ts";
import { Badge } from "../ui/badge.tsx";
import type { ChatRecord } from "./conversation.ts";

type Try = ChatRecord["tries"][number];

/** Open where there is something to see in it. */
export function Trail({ record }: { readonly record: ChatRecord }) {
  const { tries } = record;
  const { rows, totalMs } = waterfallOf(record);
  const isOpen = tries.length > 1 || record.failed;
  return (
    <details open={isOpen}>
      <summary>{t("playground.trail", { count: tries.length })}</summary>
      <ol class="trail">
        {rows.map(
          ({ attempt, spans }) =>
            attempt !== undefined && (
              <li key={attempt.number}>
                <Attempt attempt={attempt} spans={spans} totalMs={totalMs} />
              </li>
            ),
        )}
      </ol>
    </details>
  );
}

interface AttemptProps extends Pick<Waterfall, "totalMs"> {
  readonly attempt: Try;
  readonly spans: readonly Span[];
}

function Attempt({ attempt, spans, totalMs }: AttemptProps) {
  const { key, provider, model, outcome, status, ms, reason, message } = attempt;
  const cause = outcome === "ok" ? [] : [reason, message].filter((part) => part !== undefined && part !== "");
  return (
    <>
      <div class="row">
        <Badge tone={toneOfAttempt(attempt)}>{outcome === undefined ? t("ui.none") : outcomeText(outcome)}</Badge>
        <strong>
          <bdi>{key}</bdi>
        </strong>
        <bdi class="soft">{[provider, model].filter((part) => part !== undefined).join(" · ")}</bdi>
        {status !== undefined && <span class="mono">{status}</span>}
        <span class="soft">{formatDuration(ms)}</span>
      </div>
      <SpanTrack spans={spans} totalMs={totalMs} firstByteMs={undefined} />
      {cause.length > 0 && <p class="soft">{cause.join(": ")}</p>}
    </>
  );
}
