// The daemon's own log, live: changes of health, faults, and a line for each request.
import { useState } from "preact/hooks";
import { formatTime } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath, useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { CheckField, TextField } from "../ui/field.tsx";
import { Empty, Skeleton } from "../ui/notice.tsx";
import { hasText, type LogLine } from "./log-line.ts";
import { useDaemonLog } from "./use-daemon-log.ts";
import { useDraft } from "./use-draft.ts";

const TONES: Readonly<Record<string, Tone>> = { error: "bad", fatal: "bad", warn: "warn", info: "info" };

export function DaemonLog() {
  const [query, change] = useQuery();
  const [isPaused, setPaused] = useState(false);
  const [text, typeText] = useDraft("text");
  const [id, typeId] = useDraft("id");
  const errors = query.get("errors") === "1";
  const { lines, failure, isReading, retry } = useDaemonLog({ errors, id: query.get("id") ?? "" }, !isPaused);
  const shown = lines.filter((line) => hasText(line, query.get("text") ?? "")).toReversed();
  return (
    <>
      <search class="card logs-filters" aria-label={t("logs.filters.label")}>
        <div class="logs-fields">
          <TextField label={t("logs.daemon.text")} type="search" value={text} onValue={typeText} />
          <TextField label={t("logs.filters.id")} value={id} onValue={typeId} placeholder="req_…" />
        </div>
        <div class="row">
          <CheckField
            label={t("logs.daemon.errors")}
            isChecked={errors}
            onChecked={(is) => change({ errors: is ? "1" : undefined })}
          />
          <Button isSmall aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
            {t("logs.live.pause")}
          </Button>
        </div>
      </search>
      {failure !== undefined && <FailureNotice text={failure.message} onRetry={retry} />}
      {isReading && <Skeleton label={t("ui.loading")} lines={6} />}
      {!isReading && shown.length === 0 && failure === undefined && <Empty title={t("logs.daemon.empty")} />}
      {shown.length > 0 && (
        <ol class="logs-lines" aria-label={t("logs.tabs.daemon")}>
          {shown.map((line) => (
            <Line key={line.number} line={line} />
          ))}
        </ol>
      )}
    </>
  );
}

function Line({ line: { time, level, message, requestId, fields } }: { readonly line: LogLine }) {
  return (
    <li class="logs-line">
      <span class="row">
        {time !== undefined && (
          <time class="soft small" dateTime={time}>
            {formatTime(time)}
          </time>
        )}
        <Badge tone={TONES[level] ?? "idle"}>{level}</Badge>
        <bdi>{message}</bdi>
        {requestId !== undefined && (
          <Link class="small" href={pagePath("logs", { rest: requestId })}>
            {requestId}
          </Link>
        )}
      </span>
      <span class="logs-line-fields">
        {fields.map(([name, value]) => (
          <span key={name}>
            <span class="soft">{name}=</span>
            <bdi>{value}</bdi>
          </span>
        ))}
      </span>
    </li>
  );
}
