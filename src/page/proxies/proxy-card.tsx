// One outbound proxy: how it fares, who calls through it, and what can be done with it.
import { formatDuration, formatNumber } from "../format/format.ts";
import { Facts } from "../lists/facts.tsx";
import { ItemCard } from "../lists/item-card.tsx";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { StateBadge } from "../ui/badge.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import { ProxyActions } from "./proxy-actions.tsx";
import type { ProxyProps, ProxyRow } from "./proxy-row.ts";
import type { ProxyTestRow } from "./use-proxy-tests.ts";

export interface ProxyCardProps extends ProxyProps {
  /** Its last result, if it was tested here. */
  readonly tested: ProxyTestRow | undefined;
}

export function ProxyCard({ proxy, tested, ...actions }: ProxyCardProps) {
  const { id, url, state, since, until, reason, detail, failures } = proxy;
  const why = [reason, detail].filter((word) => word !== undefined).join(": ");
  const isResting = state === "out" && until !== undefined;
  return (
    <ItemCard name={url} state={<StateBadge state={state} />} actions={<ProxyActions proxy={proxy} {...actions} />}>
      {tested !== undefined && <TestResult result={tested} />}
      <Facts
        facts={[
          [t("proxies.id"), <code key="id">{id}</code>],
          [t("proxies.since"), since !== undefined && <RelativeTime at={since} />],
          [t("proxies.until"), isResting && <RelativeTime at={until} />],
          [t("proxies.reason"), why !== "" && why],
          [t("proxies.failures"), failures > 0 && formatNumber(failures)],
          [t("proxies.checked"), <LastCheck key="checked" proxy={proxy} />],
        ]}
      />
      <BoundKeys proxy={proxy} />
    </ItemCard>
  );
}

function LastCheck({ proxy: { checked_at: at, check_ok: isOk, check_ms: ms } }: { readonly proxy: ProxyRow }) {
  if (at === undefined) return <>{t("ui.never")}</>;
  return (
    <>
      <RelativeTime at={at} />
      {`, ${isOk === true ? t("proxies.check_ok") : t("proxies.check_failed")}`}
      {ms !== undefined && `, ${formatDuration(ms)}`}
    </>
  );
}

function TestResult({ result }: { readonly result: ProxyTestRow }) {
  const { is_ok: isOk, reason, detail, latency_ms: ms } = result;
  const text = isOk
    ? t("proxies.test_ok", { time: formatDuration(ms) })
    : t("proxies.test_failed", { why: [reason, detail].filter((word) => word !== undefined).join(": ") });
  return (
    <div class={`notice notice-${isOk ? "good" : "bad"} test-result`} role="status">
      {text}
    </div>
  );
}

function BoundKeys({ proxy: { keys, key_count: count } }: { readonly proxy: ProxyRow }) {
  if (count === 0) return <p class="soft small">{t("proxies.no_keys")}</p>;
  return (
    <details class="bound-keys">
      <summary>{t("proxies.keys", { count })}</summary>
      <ul>
        {keys.map(({ provider, key, key_id: id }) => (
          <li key={id}>
            <Link href={pagePath("keys", { rest: id })}>{`${provider}/${key}`}</Link>
          </li>
        ))}
      </ul>
      {count > keys.length && <p class="soft">{t("proxies.more_keys", { count: count - keys.length })}</p>}
    </details>
  );
}
