// The last requests that a call with a key was made for, each leading to all that is known of it.
import type { OutputOf } from "../../admin/operation-table.ts";
import { useOperation } from "../api/use-operation.ts";
import { formatDuration, formatNumber } from "../format/format.ts";
import { useCalmRefresh } from "../lists/use-calm-refresh.ts";
import type { Topic } from "../live/use-topics.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Badge } from "../ui/badge.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";

type Call = OutputOf<"logs.list">["records"][number];

const TOPICS: readonly Topic[] = ["requests", "records"];
const QUIET_MS = 3_000;
const MOST_CALLS = 20;

export function KeyCalls({ id }: { readonly id: string }) {
  const asked = useOperation("logs.list", { key: id, limit: MOST_CALLS });
  useCalmRefresh(TOPICS, QUIET_MS, asked);
  return (
    <section class="stack" aria-labelledby="calls">
      <div class="card-head">
        <h2 id="calls">{t("key_edit.detail.calls")}</h2>
        <Link href={pagePath("logs", { query: { key: id } })}>{t("key_edit.detail.all_calls")}</Link>
      </div>
      <AskedView asked={asked} lines={5}>
        {({ records }) =>
          records.length === 0 ? (
            <p class="soft">{t("key_edit.detail.no_calls")}</p>
          ) : (
            <CallTable id={id} calls={records} />
          )
        }
      </AskedView>
    </section>
  );
}

const COLUMNS = ["time", "model", "status", "duration", "tokens"] as const;

/** Newest first. */
function CallTable({ id, calls }: { readonly id: string; readonly calls: readonly Call[] }) {
  const newest = calls.toSorted((a, b) => b.seq - a.seq);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard (axe: scrollable-region-focusable)
    <section class="table-scroll card" tabIndex={0} aria-label={t("key_edit.detail.calls")}>
      <table class="table">
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {t(`key_edit.columns.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {newest.map((call) => (
            <CallRow key={call.id} call={call} keyId={id} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** `keyId`: of the key that is shown; another one may have served it in the end. */
function CallRow({ call, keyId }: { readonly call: Call; readonly keyId: string }) {
  const { id, ended_at, model, operation, status, outcome, failed, ms, prompt_tokens, completion_tokens } = call;
  const tokens = (prompt_tokens ?? 0) + (completion_tokens ?? 0);
  return (
    <tr>
      <td>
        <Link href={pagePath("logs", { rest: id })}>
          <RelativeTime at={ended_at} />
          <span class="unseen"> {t("key_edit.detail.call", { id })}</span>
        </Link>
      </td>
      <td>{model ?? operation}</td>
      <td>
        <Badge tone={failed ? "bad" : (status ?? 0) >= 400 ? "warn" : "good"}>
          {[status, outcome === "ok" ? undefined : outcome].filter((word) => word !== undefined).join(" ") || "-"}
        </Badge>
        {call.key_id !== keyId && call.key !== undefined && (
          <div class="small soft">{t("key_edit.detail.by_other", { name: call.key })}</div>
        )}
      </td>
      <td>{formatDuration(ms)}</td>
      <td>{tokens === 0 ? "" : formatNumber(tokens)}</td>
    </tr>
  );
}
