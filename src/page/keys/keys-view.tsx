// All keys: filters, the table, and what is done with many of them.
import { navigate, pagePath, type QueryPatch, useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { Empty, Notice, Skeleton } from "../ui/notice.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { AddKeysButton } from "./add-keys-button.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import type { KeyCounts } from "./key-asker.ts";
import { isFiltered, type KeyFilter, NO_FILTER, readFilter, selectionFields } from "./key-filter.ts";
import { KeyFilters } from "./key-filters.tsx";
import { orderPatch, readOrder } from "./key-order.ts";
import { KeyTable } from "./key-table.tsx";
import { useKeyChoice } from "./use-key-choice.ts";
import { type KeyList, useKeyList } from "./use-key-list.ts";

export function KeysView() {
  const [query, change] = useQuery();
  const filter = readFilter(query);
  const order = readOrder(query);
  const list = useKeyList(filter, order);
  const { counts } = list;
  return (
    <PageFrame title={t("pages.keys")} actions={<AddKeysButton onAdded={list.refresh} />}>
      {list.failure !== undefined && <ListFailure list={list} filter={filter} onChange={change} />}
      {counts?.store_fault !== undefined && <Notice kind="bad">{counts.store_fault}</Notice>}
      {counts === undefined && list.failure === undefined && <Skeleton label={t("ui.loading")} lines={8} />}
      {counts !== undefined && counts.total === 0 && <Empty title={t("keys.none")} />}
      {counts !== undefined && counts.total > 0 && (
        <>
          <KeyFilters filter={filter} order={order} counts={counts} onChange={change} />
          <ShownKeys
            list={list}
            counts={counts}
            filter={filter}
            onOrder={(next) => change(orderPatch(next))}
            order={order}
          />
        </>
      )}
    </PageFrame>
  );
}

interface ShownKeysProps extends Pick<Parameters<typeof KeyTable>[0], "order" | "onOrder"> {
  readonly list: KeyList;
  readonly counts: KeyCounts;
  readonly filter: KeyFilter;
}

function ShownKeys({ list, counts, filter, order, onOrder }: ShownKeysProps) {
  const { matched } = counts;
  const choice = useKeyChoice({ filter, order, rows: list.rows, matched });
  // What is shown may still be what the filter before has left.
  const chosen = { ...choice, isBusy: choice.isBusy || list.isLoading };
  return (
    <>
      <BulkBar chosen={chosen} matched={matched} filter={filter} onDone={list.refresh} />
      {matched === 0 && !list.isLoading ? (
        <Empty title={t("keys.no_match", { count: counts.total })} />
      ) : (
        <KeyTable
          rows={list.rows}
          matched={matched}
          isLoading={list.isLoading}
          order={order}
          onOrder={onOrder}
          choice={chosen.choice}
          onToggle={chosen.toggle}
          onChooseSpan={chosen.chooseSpan}
          onChooseAll={chosen.chooseAll}
          onOpen={({ id }) => navigate(pagePath("keys", { rest: id }))}
          onSeen={list.look}
          questionName={JSON.stringify([selectionFields(filter), order])}
        />
      )}
      <p class="soft small" role="status">
        {isFiltered(filter)
          ? t("keys.shown", { count: matched, total: counts.total })
          : t("keys.all", { count: matched })}
      </p>
    </>
  );
}

interface ListFailureProps {
  readonly list: KeyList;
  readonly filter: KeyFilter;
  readonly onChange: (patch: QueryPatch) => void;
}

/** The filter may be what is refused: a provider that there was. */
function ListFailure({ list: { failure, isLoading, refresh }, filter, onChange }: ListFailureProps) {
  return (
    <FailureNotice text={failure?.message ?? ""} isBusy={isLoading} onRetry={refresh}>
      {isFiltered(filter) && (
        <Button isSmall onClick={() => onChange(NO_FILTER)}>
          {t("keys.clear_filters")}
        </Button>
      )}
    </FailureNotice>
  );
}
