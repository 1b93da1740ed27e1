// Shows the page that the address names, loading it first, and says why where that fails.
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useErrorBoundary, useRef, useState } from "preact/hooks";
import type { PageName } from "../../dashboard/page-names.ts";
import { toFailure } from "../api/api-failure.ts";
import { type Topic, useTopics } from "../live/use-topics.ts";
import { useRoute } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Notice, Skeleton } from "../ui/notice.tsx";
import { PAGES, type PageProps } from "./pages.ts";

interface Loaded {
  readonly name: PageName;
  readonly Component: ComponentType<PageProps>;
}

const loaded = new Map<PageName, ComponentType<PageProps>>();
const NO_TOPICS: readonly Topic[] = [];

export function PageView() {
  const { name, rest } = useRoute();
  const [page, setPage] = useState<Loaded>();
  const [hasFailed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  const returns = useTopics(NO_TOPICS);
  useEffect(() => {
    document.title = `${t(`pages.${name}`)} - openai-balance`;
  }, [name]);
  // Another round asks again, and so does the daemon's return.
  useEffect(() => {
    let isGone = false;
    setFailed(false);
    loadPage(name).then(
      (Component) => isGone || setPage({ name, Component }),
      () => isGone || setFailed(true),
    );
    return () => {
      isGone = true;
    };
  }, [name, round, returns]);
  useFocusOnHeading(page?.name, rest);
  if (hasFailed) return <LoadFailure onRetry={() => setRound(round + 1)} />;
  if (page === undefined || page.name !== name) return <Skeleton label={t("ui.loading")} lines={6} />;
  return (
    <FaultStop key={`${name}/${rest ?? ""}`}>
      <page.Component rest={rest} />
    </FaultStop>
  );
}

/** A fault of one page must take neither the way to the others nor what is said above it. */
function FaultStop({ children }: { readonly children: ComponentChildren }) {
  const [fault, forget] = useErrorBoundary();
  if (fault === undefined) return <>{children}</>;
  return (
    <Notice kind="bad">
      <p>{t("app.page_fault", { fault: toFailure(fault).message })}</p>
      <Repairs onRetry={forget} />
    </Notice>
  );
}

async function loadPage(name: PageName): Promise<ComponentType<PageProps>> {
  const known = loaded.get(name) ?? (await PAGES[name]());
  loaded.set(name, known);
  return known;
}

/** Whoever cannot see that the page changed is brought to its heading; not when the document is first shown. */
function useFocusOnHeading(name: PageName | undefined, rest: string | undefined): void {
  const isFirst = useRef(true);
  // These say that another page is shown.
  useEffect(() => {
    if (name === undefined) return;
    if (isFirst.current) isFirst.current = false;
    else document.querySelector<HTMLElement>("main h1")?.focus();
  }, [name, rest]);
}

/** After an upgrade of the daemon the files that this document knows are gone. */
function LoadFailure({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <Notice kind="bad">
      <p>{t("app.not_loaded")}</p>
      <Repairs onRetry={onRetry} />
    </Notice>
  );
}

function Repairs({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <div class="row">
      <Button isSmall onClick={onRetry}>
        {t("ui.retry")}
      </Button>
      <Button isSmall onClick={() => location.reload()}>
        {t("app.reload")}
      </Button>
    </div>
  );
}
