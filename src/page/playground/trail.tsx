// The attempts of one request, in their order: which key was asked, and how that ended.
import { formatDuration } from "../format/format.ts";
import { t, textOf } from "../texts/texts.ts";
import { Badge } from "../ui/badge.tsx";
import type { ChatRecord } from "./conversation.ts";

type Try = ChatRecord["tries"][number];

/** Open where there is something to see in it. */
export function Trail({ record }: { readonly record: ChatRecord }) {
  const { tries } = record;
  const isOpen = tries.length > 1 || record.failed;
  return (
    <details open={isOpen}>
      <summary>{t("playground.trail", { count: tries.length })}</summary>
      <ol class="trail">
        {tries.map((attempt) => (
          <li key={attempt.number}>
            <Attempt attempt={attempt} record={record} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function Attempt({ attempt, record }: { readonly attempt: Try; readonly record: ChatRecord }) {
  const { key, provider, model, outcome = "", status, ms, reason, message, started_at } = attempt;
  const begin = Math.max(0, Date.parse(started_at) - Date.parse(record.received_at));
  return (
    <>
      <div class="row">
        <Badge tone={outcome === "ok" ? "good" : "bad"}>{textOf(`playground.outcome.${outcome}`) ?? outcome}</Badge>
        <strong>{key}</strong>
        <span class="soft">{[provider, model].filter((part) => part !== undefined).join(" · ")}</span>
        {status !== undefined && <span class="mono">{status}</span>}
        <span class="soft">{formatDuration(ms)}</span>
      </div>
      <Span begin={begin} ms={ms} total={record.ms} />
      {outcome !== "ok" && (reason ?? message) !== undefined && (
        <p class="soft">{[reason, message].filter((part) => part !== undefined && part !== "").join(": ")}</p>
      )}
    </>
  );
}

interface SpanProps {
  readonly begin: number;
  readonly ms: number;
  readonly total: number;
}

/** When it ran within all of the request; what it shows is said beside it in figures. */
function Span({ begin, ms, total }: SpanProps) {
  const whole = Math.max(1, total);
  const start = Math.min(100, (begin / whole) * 100);
  const width = Math.min(100 - start, Math.max(1, (ms / whole) * 100));
  return (
    <div class="trail-span" aria-hidden="true">
      <span style={{ marginInlineStart: `${start}%`, width: `${width}%` }} />
    </div>
  );
}
