// Leads to the pages of a list before and behind this one.
import type { OutputOf } from "../../admin/operation-table.ts";
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";

export interface PagerProps {
  readonly page: OutputOf<"logs.list">;
  readonly isFirst: boolean;
}

export function Pager({ page: { next, previous }, isFirst }: PagerProps) {
  const [, change] = useQuery();
  const go = (cursor: string | undefined) => {
    change({ cursor }, true);
    document.querySelector("main h1")?.scrollIntoView();
  };
  if (isFirst && next === undefined) return null;
  return (
    <nav class="row" aria-label={t("logs.pages.label")}>
      {!isFirst && <Button onClick={() => go(undefined)}>{t("logs.pages.first")}</Button>}
      {!isFirst && (
        <Button disabled={previous === undefined} onClick={() => go(previous)}>
          {t("logs.pages.previous")}
        </Button>
      )}
      <Button disabled={next === undefined} onClick={() => go(next)}>
        {t("logs.pages.next")}
      </Button>
    </nav>
  );
}
