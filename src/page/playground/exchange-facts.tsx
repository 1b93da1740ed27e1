// What an answer took: times, tokens, money, who gave it, and the trail of attempts.
import { formatDuration, formatNumber } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import type { ChatRecord, Exchange } from "./conversation.ts";
import { Trail } from "./trail.tsx";

export function ExchangeFacts({ exchange }: { readonly exchange: Exchange }) {
  const { record } = exchange;
  const firstTokenMs = firstTokenOf(exchange);
  const facts = [
    firstTokenMs !== undefined && t("playground.first_token", { time: formatDuration(firstTokenMs) }),
    ...(record === undefined ? [] : factsOf(record)),
  ].filter((fact) => fact !== false && fact !== "");
  if (facts.length === 0 && record === undefined) return null;
  return (
    <footer class="chat-facts small">
      {record?.key !== undefined && <ServedBy record={record} />}
      <ul class="chat-fact-list soft">
        {facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
        {record !== undefined && (
          <li>
            <Link href={pagePath("logs", { rest: record.id })}>{t("playground.record")}</Link>
          </li>
        )}
      </ul>
      {record !== undefined && record.tries.length > 0 && <Trail record={record} />}
    </footer>
  );
}

/** As the daemon measured it once that is known; of an answer that is no stream there is no first one. */
function firstTokenOf({ firstTokenMs, record }: Exchange): number | undefined {
  if (record === undefined) return firstTokenMs;
  return record.stream ? record.first_byte_ms : undefined;
}

function ServedBy({ record }: { readonly record: ChatRecord }) {
  const { key = "", key_id, provider = "", upstream_model, model = "" } = record;
  const asked = upstream_model ?? model;
  const text = record.end === "error" || record.failed ? ("tried_last" as const) : ("served_by" as const);
  return (
    <p>
      {t(asked === "" ? `playground.${text}_only` : `playground.${text}`, { provider, model: asked })}{" "}
      <bdi>{key_id === undefined ? key : <Link href={pagePath("keys", { rest: key_id })}>{key}</Link>}</bdi>
    </p>
  );
}

function factsOf(record: ChatRecord): readonly string[] {
  const { ms, waited_ms, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, cost } = record;
  const hasTokens = prompt_tokens !== undefined || completion_tokens !== undefined;
  return [
    t("playground.took", { time: formatDuration(ms) }),
    waited_ms > 0 ? t("playground.waited", { time: formatDuration(waited_ms) }) : "",
    hasTokens ? t("playground.tokens", { in: prompt_tokens ?? 0, out: completion_tokens ?? 0 }) : "",
    speedOf(record),
    cached_tokens === undefined || cached_tokens === 0 ? "" : t("playground.cached", { count: cached_tokens }),
    reasoning_tokens === undefined || reasoning_tokens === 0
      ? ""
      : t("playground.reasoned", { count: reasoning_tokens }),
    cost === undefined ? "" : t("playground.cost", { cost: formatCost(cost) }),
  ];
}

/** Of the time in which tokens came. */
function speedOf({ ms, first_byte_ms, completion_tokens, stream }: ChatRecord): string {
  const seconds = (ms - (first_byte_ms ?? ms)) / 1_000;
  if (!stream || completion_tokens === undefined || seconds < 0.1) return "";
  return t("playground.speed", { count: formatNumber(completion_tokens / seconds) });
}

/** One chat costs little: what counts is its first digits. */
function formatCost(cost: number): string {
  return cost === 0 ? "0" : cost >= 0.01 ? formatNumber(cost) : cost.toPrecision(2);
}
