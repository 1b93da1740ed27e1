// The requests that match, newest first and live, or page by page in another order.
import { useMemo, useRef, useState } from "preact/hooks";
import type { InputOf } from "../../admin/operation-table.ts";
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/notice.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { ListActions } from "./list-actions.tsx";
import { countFilters, FILTER_FIELDS, selectionOf } from "./log-filter.ts";
import { NewRows } from "./new-rows.tsx";
import { Pager } from "./pager.tsx";
import { RecordingNotice } from "./recording-notice.tsx";
import { RequestRows } from "./request-rows.tsx";
import { useRecordList } from "./use-record-list.ts";

type Question = InputOf<"logs.list">;

const PAGE = 100;

export function RequestList() {
  const [query, change] = useQuery();
  const place = useRef<HTMLDivElement>(null);
  const [isPaused, setPaused] = useState(false);
  const question = useQuestion(query);
  const isNewestFirst = question.cursor === undefined && question.sort === "time" && question.order === "desc";
  const canFollow = isNewestFirst && question.until === undefined;
  const isAway = () => isPaused || isElsewhere(place.current);
  const list = useRecordList(question, { isLive: canFollow, isAway });
  const { asked, tail } = list;
  const clear = () => change(Object.fromEntries([...FILTER_FIELDS, "cursor"].map((name) => [name, undefined])), true);
  return (
    <>
      <FilterBar />
      <ListActions {...{ query, canFollow, isPaused, setPaused }} onDone={asked.refresh} />
      <NewRows list={list} isLive={canFollow} isPaused={isPaused} place={place} />
      <div ref={place} class="stack">
        <AskedView asked={asked} lines={8}>
          {(page) => (
            <>
              <RecordingNotice recording={page.recording} fault={page.fault} />
              {tail.rows.length > 0 && <RequestRows rows={tail.rows} query={query} />}
              {tail.rows.length === 0 && page.records.length === 0 && (
                <NothingFound isFiltered={countFilters(query) > 0} onClear={clear} />
              )}
              <Pager page={page} isFirst={question.cursor === undefined} />
            </>
          )}
        </AskedView>
      </div>
    </>
  );
}

/** A span that ends now begins when it was chosen: it would else be another question at every look. */
function useQuestion(query: URLSearchParams): Question {
  const text = String(query);
  return useMemo(() => {
    const wanted = new URLSearchParams(text);
    const cursor = wanted.get("cursor") ?? "";
    const sort = (["duration", "tokens", "cost"] as const).find((name) => name === wanted.get("sort")) ?? "time";
    const order = wanted.get("order") === "asc" ? ("asc" as const) : ("desc" as const);
    return { ...selectionOf(wanted, Date.now()), sort, order, limit: PAGE, ...(cursor !== "" && { cursor }) };
  }, [text]);
}

/** The user has scrolled into the list, or is in it with the keyboard: what is looked at must not move. */
function isElsewhere(place: HTMLElement | null): boolean {
  if (place === null) return false;
  return place.getBoundingClientRect().top < 0 || place.contains(document.activeElement);
}

function NothingFound({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  if (!isFiltered)
    return (
      <Empty title={t("logs.empty.title")}>
        <p>{t("logs.empty.hint")}</p>
      </Empty>
    );
  return (
    <Empty title={t("logs.empty.filtered")}>
      <Button onClick={onClear}>{t("logs.filters.clear")}</Button>
    </Empty>
  );
}
