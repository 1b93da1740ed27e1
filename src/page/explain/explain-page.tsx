// The page "explain": which key a request would get now, and why every other is skipped.
import { useEffect, useState } from "preact/hooks";
import { useOperation } from "../api/use-operation.ts";
import type { Topic } from "../live/use-topics.ts";
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/notice.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { Candidates, totalOf } from "./candidates.tsx";
import { ExplainForm } from "./explain-form.tsx";
import { questionOf } from "./explain-question.ts";
import { Outcome } from "./outcome.tsx";
import { RouteView } from "./route-view.tsx";

const TOPICS: readonly Topic[] = ["health", "config", "keys", "tokens"];
const RARE_TOPICS: readonly Topic[] = ["config"];
/** A look at so many keys costs the daemon some 10 ms: with more of them health alone is no reason for it. */
const MANY = 5_000;
const FIRST = 100;
const MORE = 5;

export function ExplainPage() {
  const [query] = useQuery();
  const [most, setMost] = useState(FIRST);
  const question = questionOf(query);
  const isAsked = question.request !== "";
  const [isMany, setMany] = useState(false);
  const topics = isMany ? RARE_TOPICS : TOPICS;
  const asked = useOperation("explain", { ...question, limit: most }, { topics, isWanted: isAsked });
  const total = asked.data === undefined ? 0 : totalOf(asked.data);
  useEffect(() => setMany(total > MANY), [total]);
  const again = isAsked ? (
    <Button isBusy={asked.isLoading} onClick={asked.refresh}>
      {t("explain.again")}
    </Button>
  ) : undefined;
  return (
    <PageFrame title={t("pages.explain")} actions={again}>
      <ExplainForm question={question} />
      {isAsked ? (
        <AskedView asked={asked} lines={8}>
          {(found) => (
            <>
              <Outcome found={found} />
              {isMany && <p class="soft">{t("explain.many")}</p>}
              {found.route.length > 0 && <RouteView found={found} />}
              {found.route.length > 0 && <Candidates found={found} onMore={() => setMost(most * MORE)} />}
            </>
          )}
        </AskedView>
      ) : (
        <div class="card">
          <Empty title={t("explain.empty")}>
            <p>{t("explain.empty_hint")}</p>
          </Empty>
        </div>
      )}
    </PageFrame>
  );
}
