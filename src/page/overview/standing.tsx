// How the daemon stands at this moment: what it serves, what waits, since when it runs.

import { useObservable } from "../api/observable.ts";
import { formatDuration, formatNumber, formatTime } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { WordBadge } from "../ui/badge.tsx";
import { clock } from "../ui/clock.ts";
import type { Overview } from "./use-overview.ts";

export function Standing({ overview }: { readonly overview: Overview }) {
  const { in_flight, queue, version, started_at, draining, config_file } = overview;
  const now = useObservable(clock);
  const waits =
    queue.waiting === 0 ? "" : ` (${t("overview.standing.longest", { time: formatDuration(queue.longest_ms) })})`;
  return (
    <dl class="overview-standing">
      <Fact name={t("overview.standing.in_flight")} text={formatNumber(in_flight)} />
      <Fact name={t("overview.standing.waiting")} text={formatNumber(queue.waiting) + waits} />
      <div>
        <dt>{t("overview.standing.version")}</dt>
        <dd>
          {version} {draining && <WordBadge tone="warn" text="overview.standing.draining" />}
        </dd>
      </div>
      <div>
        <dt>{t("overview.standing.uptime")}</dt>
        <dd title={formatTime(started_at)}>{uptimeText(now - Date.parse(started_at))}</dd>
      </div>
      <Fact name={t("overview.standing.config")} text={config_file ?? t("overview.standing.no_file")} />
    </dl>
  );
}

/** In whole seconds: it is drawn anew with each. */
function uptimeText(ms: number): string {
  return formatDuration(Math.max(1, Math.floor(ms / 1_000)) * 1_000);
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}
