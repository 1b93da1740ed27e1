// Shows the page that the address names, loading it first, and says why where that fails.
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { PageName } from "../../dashboard/page-names.ts";
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

export function PageView() {
  const { name, rest } = useRoute();
  const [page, setPage] = useState<Loaded>();
  const [hasFailed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  // Another round asks again.
  useEffect(() => {
    let isGone = false;
    setFailed(false);
    document.title = `${t(`pages.${name}`)} - openai-balance`;
    loadPage(name).then(
      (Component) => isGone || setPage({ name, Component }),
      () => isGone || setFailed(true),
    );
    return () => {
      isGone = true;
    };
  }, [name, round]);
  useFocusOnHeading(page?.name, rest);
  if (hasFailed) return <LoadFailure onRetry={() => setRound(round + 1)} />;
  if (page === undefined || page.name !== name) return <Skeleton label={t("ui.loading")} lines={6} />;
  return <page.Component key={name} rest={rest} />;
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
      <p>{t("app.lost")}</p>
      <div class="row">
        <Button isSmall onClick={onRetry}>
          {t("ui.retry")}
        </Button>
        <Button isSmall onClick={() => location.reload()}>
          {t("app.reload")}
        </Button>
      </div>
    </Notice>
  );
}
