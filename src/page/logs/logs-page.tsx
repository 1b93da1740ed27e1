// The page "Logs": what became of requests, the whole story of one, and the daemon's own log.

import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { DaemonLog } from "./daemon-log.tsx";
import { RequestDetail } from "./request-detail.tsx";
import { RequestList } from "./request-list.tsx";

export function LogsPage({ rest }: { readonly rest: string | undefined }) {
  return rest === undefined ? <Lists /> : <RequestDetail key={rest} id={rest} />;
}

function Lists() {
  const [query, change] = useQuery();
  const current = query.get("tab") === "daemon" ? "daemon" : "requests";
  const tabs = [
    { name: "requests", text: t("logs.tabs.requests") },
    { name: "daemon", text: t("logs.tabs.daemon") },
  ] as const;
  const choose = (name: "requests" | "daemon") => change({ tab: name === "daemon" ? name : undefined }, true);
  return (
    <PageFrame title={t("pages.logs")}>
      <Tabs label={t("logs.tabs.label")} tabs={tabs} current={current} onChange={choose}>
        {current === "requests" ? <RequestList /> : <DaemonLog />}
      </Tabs>
    </PageFrame>
  );
}
