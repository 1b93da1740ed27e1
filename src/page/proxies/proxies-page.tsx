// The page "proxies": the outbound proxies, how they fare, and which keys call through them.
import { useState } from "preact/hooks";
import { useOperation } from "../api/use-operation.ts";
import { ToConfiguration } from "../lists/to-configuration.tsx";
import { useCalmRefresh } from "../lists/use-calm-refresh.ts";
import type { Topic } from "../live/use-topics.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Button } from "../ui/button.tsx";
import { Empty, Notice } from "../ui/notice.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { ProxyCard } from "./proxy-card.tsx";
import type { ProxyRow } from "./proxy-row.ts";
import { PruneDialog } from "./prune-dialog.tsx";
import { type ProxyTests, useProxyTests } from "./use-proxy-tests.ts";

const TOPICS: readonly Topic[] = ["proxies", "config"];
/** Which keys call through which proxy follows them, and there may be a hundred thousand. */
const BINDINGS: readonly Topic[] = ["keys", "health"];
const QUIET_MS = 10_000;
/** More of one proxy nobody reads. */
const MOST_KEYS = 100;
const EXAMPLE = `proxies:
  urls:
    - http://proxy-1.example:3128
    - \${PROXY_URL}
  check: { url: "https://www.gstatic.com/generate_204" }`;

export function ProxiesPage() {
  const asked = useOperation("proxies.list", { most_keys: MOST_KEYS }, { topics: TOPICS });
  useCalmRefresh(BINDINGS, QUIET_MS, asked);
  const tests = useProxyTests(asked.refresh);
  const [isPruning, setPruning] = useState(false);
  const [pruned, setPruned] = useState<string>();
  const proxies = asked.data?.proxies ?? [];
  const out = proxies.filter(({ state }) => state === "out");
  const actions = proxies.length > 0 && (
    <>
      <Button isBusy={tests.isBusy} onClick={() => tests.begin([])}>
        {tests.isBusy ? t("proxies.testing", { done: tests.done, total: tests.total }) : t("proxies.test_all")}
      </Button>
      <Button kind="danger" disabled={out.length === 0} onClick={() => setPruning(true)}>
        {t("proxies.prune")}
      </Button>
    </>
  );
  const onPruned = (said: string) => {
    setPruning(false);
    setPruned(said);
    asked.refresh();
  };
  return (
    <PageFrame title={t("pages.proxies")} actions={actions || undefined}>
      <p class="soft">{t("proxies.about")}</p>
      {pruned !== undefined && <Notice>{pruned}</Notice>}
      <AskedView asked={asked} lines={6}>
        {(data) => <ProxyList proxies={data.proxies} tests={tests} onChanged={asked.refresh} />}
      </AskedView>
      {isPruning && <PruneDialog out={out} onDone={onPruned} onClose={() => setPruning(false)} />}
    </PageFrame>
  );
}

interface ProxyListProps {
  readonly proxies: readonly ProxyRow[];
  readonly tests: ProxyTests;
  readonly onChanged: () => void;
}

function ProxyList({ proxies, tests, onChanged }: ProxyListProps) {
  if (proxies.length === 0) return <HowToConfigure />;
  const enabled = proxies.filter(({ state }) => state !== "disabled");
  return (
    <ul class="items">
      {proxies.map((proxy) => (
        <li key={proxy.id}>
          <ProxyCard
            proxy={proxy}
            isLast={enabled.every(({ id }) => id === proxy.id)}
            isTesting={tests.isBusy}
            tested={tests.results.get(proxy.id)}
            onTest={() => tests.begin([proxy.id])}
            onChanged={onChanged}
          />
        </li>
      ))}
    </ul>
  );
}

function HowToConfigure() {
  return (
    <Empty title={t("proxies.none")}>
      <p>{t("proxies.none_hint")}</p>
      <ToConfiguration example={EXAMPLE} />
    </Empty>
  );
}
