// One job: how often it runs, what its last run came to, and what can be done with it.
import { formatDuration } from "../format/format.ts";
import { Facts } from "../lists/facts.tsx";
import { ItemCard } from "../lists/item-card.tsx";
import { t, textOf } from "../texts/texts.ts";
import { WordBadge } from "../ui/badge.tsx";
import { Notice } from "../ui/notice.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import { JobActions } from "./job-actions.tsx";
import type { JobProps, JobRow } from "./job-row.ts";

export function JobCard({ job, onChanged }: JobProps) {
  const { name, about, last_run: last, running, stopped_at: stoppedAt } = job;
  return (
    <ItemCard name={name} state={<JobState job={job} />} actions={<JobActions job={job} onChanged={onChanged} />}>
      <p>{textOf(`jobs.what.${name}`) ?? about}</p>
      {last?.fault !== undefined && <Notice kind="bad">{t("jobs.failed_because", { fault: last.fault })}</Notice>}
      <Facts
        facts={[
          [t("jobs.interval"), intervalOf(job)],
          [t("jobs.stopped_since"), stoppedAt !== undefined && <RelativeTime at={stoppedAt} />],
          [t("jobs.next_run"), job.next_run !== undefined && <RelativeTime at={job.next_run} />],
          [t("jobs.running_since"), running !== undefined && <RelativeTime at={running.started_at} />],
          [t("jobs.so_far"), running?.result],
          [t("jobs.last_run"), last === undefined ? t("jobs.never") : <LastRun run={last} />],
          [t("jobs.result"), last?.result],
        ]}
      />
    </ItemCard>
  );
}

function JobState({ job: { running, stopped_at: stoppedAt, last_run: last, off_by: offBy } }: { job: JobRow }) {
  if (running !== undefined) return <WordBadge tone="info" text="jobs.state.running" />;
  if (stoppedAt !== undefined) return <WordBadge tone="warn" text="jobs.state.stopped" />;
  if (last?.fault !== undefined) return <WordBadge tone="bad" text="jobs.state.failed" />;
  if (offBy !== undefined) return <WordBadge tone="idle" text="jobs.state.off" />;
  return <WordBadge tone="good" text="jobs.state.on" />;
}

function LastRun({ run }: { readonly run: NonNullable<JobRow["last_run"]> }) {
  return (
    <>
      <RelativeTime at={run.started_at} />
      {`, ${t("jobs.took", { time: formatDuration(run.ms) })}`}
      {run.asked && `, ${t("jobs.asked")}`}
      {run.broken_off && `, ${t("jobs.broken_off")}`}
    </>
  );
}

function intervalOf({ interval_ms: interval, setting, off_by: offBy }: JobRow): string | undefined {
  if (interval === undefined) return offBy && t("jobs.off_by", { setting: offBy });
  const every = t("jobs.every", { time: formatDuration(interval) });
  return setting === undefined ? every : `${every} (${setting})`;
}
