// What is known of a request, each with a way to what is like it.
import type { ComponentChildren } from "preact";
import { formatBytes, formatDuration, formatNumber, formatTime } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Badge } from "../ui/badge.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import type { WordFilter } from "./log-filter.ts";
import { type RecordDetail, statusText, toneOf, whyText } from "./record-words.ts";

export function RequestFacts({ record }: { readonly record: RecordDetail }) {
  const why = whyText(record);
  return (
    <section class="card" aria-label={t("logs.detail.facts")}>
      <div class="row">
        <Badge tone={toneOf(record)}>{statusText(record)}</Badge>
        {why !== undefined && <bdi>{why}</bdi>}
        <span class="soft">{formatTime(record.received_at)}</span>
      </div>
      <dl>
        <Fact name={t("logs.detail.id")}>
          <span class="row">
            <bdi class="mono">{record.id}</bdi>
            <CopyButton text={record.id} />
          </span>
        </Fact>
        <Fact name={t("logs.detail.trace")}>
          <Same name="id" value={record.trace_id} />
        </Fact>
        <Fact name={t("logs.detail.asked")}>
          <bdi class="mono">{`${record.method} ${record.route}`}</bdi>
          {record.stream && <> · {t("logs.detail.stream")}</>}
        </Fact>
        <Asker record={record} />
        <Served record={record} />
        <Amounts record={record} />
      </dl>
    </section>
  );
}

function Asker({ record }: { readonly record: RecordDetail }) {
  return (
    <>
      <Fact name={t("logs.filters.model")}>
        <Same name="model" value={record.model} />
        {record.upstream_model !== undefined && (
          <>
            {" → "}
            <bdi>{record.upstream_model}</bdi>
          </>
        )}
      </Fact>
      <Fact name={t("logs.filters.token")}>
        <Same name="token" value={record.token} />
      </Fact>
      <Fact name={t("logs.detail.repaired")}>{record.repaired !== undefined && <bdi>{record.repaired}</bdi>}</Fact>
    </>
  );
}

function Served({ record: { provider, key, key_id, attempts, weight } }: { readonly record: RecordDetail }) {
  return (
    <>
      <Fact name={t("logs.filters.provider")}>
        <Same name="provider" value={provider} />
      </Fact>
      <Fact name={t("logs.filters.key")}>
        {key_id !== undefined && (
          <>
            <Link href={pagePath("keys", { rest: key_id })}>
              <bdi>{key ?? key_id}</bdi>
            </Link>{" "}
            <span class="mono soft">{key_id}</span>
          </>
        )}
      </Fact>
      <Fact name={t("logs.fields.attempts")}>{formatNumber(attempts)}</Fact>
      <Fact name={t("logs.detail.weight")}>{weight > 1 && formatNumber(weight)}</Fact>
    </>
  );
}

function Amounts({ record }: { readonly record: RecordDetail }) {
  const { ms, first_byte_ms: first, waited_ms: waited, cost } = record;
  return (
    <>
      <Fact name={t("logs.fields.took")}>{formatDuration(ms)}</Fact>
      <Fact name={t("logs.detail.first_byte")}>{first !== undefined && formatDuration(first)}</Fact>
      <Fact name={t("logs.spans.wait")}>{waited > 0 && formatDuration(waited)}</Fact>
      <Fact name={t("logs.fields.tokens")}>{tokensText(record)}</Fact>
      <Fact name={t("logs.detail.cost")}>{cost !== undefined && String(Number(cost.toPrecision(4)))}</Fact>
      <Fact name={t("logs.detail.bytes")}>
        {t("logs.detail.bytes_text", { sent: formatBytes(record.bytes_in), got: formatBytes(record.bytes_out) })}
      </Fact>
    </>
  );
}

function tokensText(record: RecordDetail): string | undefined {
  const { prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens } = record;
  if (prompt_tokens === undefined && completion_tokens === undefined) return undefined;
  const values = {
    sent: prompt_tokens ?? 0,
    got: completion_tokens ?? 0,
    cached: cached_tokens ?? 0,
    reasoning: reasoning_tokens ?? 0,
  };
  return t("logs.detail.tokens_text", values);
}

/** Nothing where there is nothing to say. */
function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  const parts = (Array.isArray(children) ? children : [children]).filter(
    (part) => part !== false && part !== undefined,
  );
  if (parts.length === 0 || parts.every(isAbsent)) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** A link to what is like it that has no value is none. */
function isAbsent(part: ComponentChildren): boolean {
  if (typeof part !== "object" || part === null || !("props" in part)) return false;
  return part.type === Same && (part.props as SameProps).value === undefined;
}

interface SameProps {
  readonly name: WordFilter;
  readonly value: string | undefined;
}

/** Leads to all requests that have the same. */
function Same({ name, value }: SameProps) {
  if (value === undefined) return null;
  return (
    <Link href={pagePath("logs", { query: { [name]: value } })}>
      <bdi>{value}</bdi>
    </Link>
  );
}
