// The whole story of one request: what was asked, where its time went, what each attempt met, what came of it.
import { useEffect, useState } from "preact/hooks";
import { useOperation } from "../api/use-operation.ts";
import type { Topic } from "../live/use-topics.ts";
import { Link } from "../router/link.tsx";
import { pagePath, useRoute } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Empty } from "../ui/notice.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { AttemptCards } from "./attempt-cards.tsx";
import { CurlCard } from "./curl-card.tsx";
import type { RecordDetail } from "./record-words.ts";
import { RequestActions } from "./request-actions.tsx";
import { RequestFacts } from "./request-facts.tsx";
import { SentBody } from "./sent-body.tsx";
import { WaterfallCard } from "./waterfall-card.tsx";

const NEW: readonly Topic[] = ["requests"];
const NONE: readonly Topic[] = [];

/** One that has just ended is recorded a moment later: until then it is asked for whenever some were. */
export function RequestDetail({ id }: { readonly id: string }) {
  const [isFound, setFound] = useState(false);
  const asked = useOperation("logs.get", { id }, { topics: isFound ? NONE : NEW });
  useEffect(() => {
    const before = document.title;
    document.title = `${id} - openai-balance`;
    return () => {
      document.title = before;
    };
  }, [id]);
  const { data } = asked;
  useEffect(() => setFound(data !== undefined), [data]);
  return (
    <PageFrame title={t("logs.detail.title")} actions={data && <RequestActions record={data.record} />}>
      <WayBack />
      {data === undefined && asked.failure?.code === "refused" ? (
        <Empty title={t("logs.detail.gone")}>
          <p>{asked.failure.message}</p>
        </Empty>
      ) : (
        <AskedView asked={asked} lines={8}>
          {({ record }) => <Story record={record} />}
        </AskedView>
      )}
    </PageFrame>
  );
}

function Story({ record }: { readonly record: RecordDetail }) {
  return (
    <>
      <RequestFacts record={record} />
      <WaterfallCard record={record} />
      <AttemptCards record={record} />
      {record.body !== undefined && <SentBody body={record.body} />}
      <CurlCard record={record} />
    </>
  );
}

/** To the list as it was. */
function WayBack() {
  const { query } = useRoute();
  const kept = Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
  return (
    <p>
      <Link href={pagePath("logs", { query: kept })}>{t("logs.detail.back")}</Link>
    </p>
  );
}
