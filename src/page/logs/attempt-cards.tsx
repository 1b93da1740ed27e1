// What each attempt met: its verdict, who is to blame, and what the provider said, as text.
import type { ComponentChildren } from "preact";
import { formatDuration } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t, textOf } from "../texts/texts.ts";
import { Badge } from "../ui/badge.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { type Attempt, outcomeText, type RecordDetail, toneOfAttempt } from "./record-words.ts";

export function AttemptCards({ record: { tries, attempts } }: { readonly record: RecordDetail }) {
  if (tries.length === 0) return attempts === 0 ? null : <p class="soft">{t("logs.attempt.none_kept")}</p>;
  return (
    <section class="stack" aria-label={t("logs.fields.attempts")}>
      {tries.map((attempt) => (
        <AttemptCard key={attempt.number} attempt={attempt} />
      ))}
    </section>
  );
}

function AttemptCard({ attempt }: { readonly attempt: Attempt }) {
  const { number, provider, key, key_id, status, outcome } = attempt;
  return (
    <article class="card">
      <div class="card-head">
        <h3 id={`attempt-${number}`} tabIndex={-1}>
          {t("logs.attempt.title", { number })} <bdi>{provider}</bdi>
        </h3>
        <Badge tone={toneOfAttempt(attempt)}>
          {outcome === undefined ? t("logs.attempt.unfinished") : outcomeText(outcome)}
        </Badge>
      </div>
      <dl>
        <dt>{t("logs.filters.key")}</dt>
        <dd>
          <Link href={pagePath("keys", { rest: key_id })}>
            <bdi>{key}</bdi>
          </Link>{" "}
          <span class="mono soft">{key_id}</span>
        </dd>
        <Line name={t("logs.filters.model")}>{attempt.model}</Line>
        <Line name={t("logs.filters.status")}>
          {status === undefined ? t("logs.attempt.no_answer") : String(status)}
        </Line>
        <Verdict attempt={attempt} />
        <Times attempt={attempt} />
      </dl>
      <Said name={t("logs.attempt.text")} text={attempt.text} />
      <Said name={t("logs.attempt.headers")} text={attempt.headers} />
    </article>
  );
}

/** A message that stands in the text is not shown twice. */
function Verdict({ attempt: { outcome, blame, reason, message, text, proxy } }: { readonly attempt: Attempt }) {
  return (
    <>
      <Line name={t("logs.attempt.blame")}>
        {blame === undefined || blame === "none" ? undefined : (textOf(`logs.blames.${blame}`) ?? blame)}
      </Line>
      {outcome !== "ok" && <Line name={t("logs.attempt.reason")}>{reason}</Line>}
      {outcome !== "ok" && text === undefined && <Line name={t("logs.attempt.message")}>{message}</Line>}
      <Line name={t("logs.attempt.proxy")}>{proxy}</Line>
    </>
  );
}

function Times({ attempt }: { readonly attempt: Attempt }) {
  const span = (ms: number | undefined) => (ms === undefined || ms === 0 ? undefined : formatDuration(ms));
  return (
    <>
      <Line name={t("logs.spans.wait")}>{span(attempt.waited_ms)}</Line>
      <Line name={t("logs.spans.backoff")}>{span(attempt.backoff_ms)}</Line>
      <Line name={t("logs.attempt.sent")}>{span(attempt.sent_ms)}</Line>
      <Line name={t("logs.attempt.head")}>{span(attempt.head_ms)}</Line>
      <Line name={t("logs.fields.took")}>{formatDuration(attempt.ms)}</Line>
    </>
  );
}

/** Nothing where it is not known. */
function Line({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  if (children === undefined) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </>
  );
}

function Said({ name, text }: { readonly name: string; readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <div class="stack">
      <div class="card-head">
        <h4 class="logs-said">{name}</h4>
        <CopyButton text={text} />
      </div>
      <pre class="logs-text">
        <bdi>{text}</bdi>
      </pre>
    </div>
  );
}
