// The table of keys: of 100,000 only those are drawn that are seen (WAI-ARIA Authoring Practices, grid pattern).
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../texts/texts.ts";
import { GridHead, GridRow } from "./grid-parts.tsx";
import { isChosen, type KeyChoice } from "./key-choice.ts";
import { COLUMNS, type KeyColumn } from "./key-columns.ts";
import { type KeyOrder, type KeySort, nextOrder } from "./key-order.ts";
import type { KeyRow } from "./key-row.ts";
import { KeyRowView } from "./key-row-view.tsx";
import { drawnSpan, type LoadedRows, type Span, scrollFor, seenSpan } from "./loaded-rows.ts";
import { moveFor } from "./table-keys.ts";
import { useViewport } from "./use-viewport.ts";

export interface KeyTableProps {
  readonly rows: LoadedRows;
  readonly matched: number;
  readonly isLoading: boolean;
  readonly order: KeyOrder;
  readonly onOrder: (order: KeyOrder) => void;
  readonly choice: KeyChoice;
  /** The row is chosen, or not any more. */
  readonly onToggle: (index: number) => void;
  /** These rows are chosen, too. */
  readonly onChooseSpan: (span: Span) => void;
  /** All of them, or none. */
  readonly onChooseAll: (isWanted: boolean) => void;
  readonly onOpen: (row: KeyRow) => void;
  readonly onSeen: (seen: Span) => void;
  /** Another one begins at the top. */
  readonly questionName: string;
}

export function KeyTable(props: KeyTableProps) {
  const { rows, matched, isLoading, onSeen } = props;
  const place = useTablePlace(props.questionName);
  const { scroller, head, viewport, measure, active } = place;
  const id = useId();
  const seen = seenSpan(viewport, matched);
  const drawn = drawnSpan(viewport, matched);
  // Rows that were dropped are missing again.
  useEffect(() => onSeen(seen), [onSeen, seen.start, seen.end, rows]);
  const acts = { ...props, ...place, page: Math.max(1, seen.end - seen.start - 2), choose: chooser(props, place) };
  return (
    // biome-ignore lint/a11y/useSemanticElements: the rows of a table cannot be placed by hand
    <div
      ref={scroller}
      class={viewport.isCompact ? "keys-table keys-table-compact" : "keys-table"}
      role="grid"
      aria-label={t("pages.keys")}
      aria-rowcount={matched + 1}
      aria-multiselectable="true"
      aria-busy={isLoading}
      aria-activedescendant={active >= drawn.start && active < drawn.end ? `${id}-${active}` : undefined}
      tabIndex={0}
      onScroll={measure}
      onKeyDown={(event) => onKey(event, acts)}
    >
      <KeyTableHead {...props} headRef={head} />
      <div class="keys-body" style={{ height: `${matched * viewport.rowHeight}px` }}>
        <div style={{ transform: `translateY(${drawn.start * viewport.rowHeight}px)` }}>
          <DrawnRows id={id} drawn={drawn} acts={acts} choice={props.choice} />
        </div>
      </div>
    </div>
  );
}

const TOP = { top: 0, active: 0 };
/** Where the user was when the table was shown last. */
let left: (typeof TOP & { readonly questionName: string }) | undefined;

/** Where the user is in the table: how far it is scrolled, which row the keyboard acts on, where a range begins. */
function useTablePlace(questionName: string) {
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const [viewport, measure] = useViewport(scroller, head);
  const [active, setActive] = useState(0);
  /** The row that was chosen last. */
  const anchor = useRef(0);
  const here = useRef(TOP);
  here.current = { top: viewport.scrollTop, active };
  // What is at the top of another list was not looked at yet; who comes back from a key is where they were.
  useEffect(() => {
    const place = left?.questionName === questionName ? left : TOP;
    setActive(place.active);
    anchor.current = place.active;
    scroller.current?.scrollTo({ top: place.top });
    return () => {
      left = { ...here.current, questionName };
    };
  }, [questionName]);
  const goTo = (index: number) => {
    setActive(index);
    scroller.current?.scrollTo({ top: scrollFor(index, viewport) });
  };
  return { scroller, head, viewport, measure, active, setActive, anchor, goTo };
}

type TablePlace = ReturnType<typeof useTablePlace>;

interface Acts extends Pick<KeyTableProps, "rows" | "matched" | "onOpen" | "onChooseAll">, TablePlace {
  /** Rows of a page. */
  readonly page: number;
  /** `isRange`: with all rows from the one that was chosen last. */
  readonly choose: (index: number, isRange: boolean) => void;
}

function chooser({ onToggle, onChooseSpan }: KeyTableProps, { anchor }: TablePlace): Acts["choose"] {
  return (index, isRange) => {
    if (isRange) {
      onChooseSpan({ start: Math.min(anchor.current, index), end: Math.max(anchor.current, index) + 1 });
    } else {
      anchor.current = index;
      onToggle(index);
    }
  };
}

interface DrawnRowsProps {
  readonly id: string;
  readonly drawn: Span;
  readonly choice: KeyChoice;
  readonly acts: Acts;
}

function DrawnRows({ id, drawn, choice, acts }: DrawnRowsProps) {
  const indexes = Array.from({ length: drawn.end - drawn.start }, (_, offset) => drawn.start + offset);
  return (
    <>
      {indexes.map((index) => {
        const row = acts.rows.at(index);
        return (
          <KeyRowView
            key={index}
            id={`${id}-${index}`}
            index={index}
            row={row}
            isActive={index === acts.active}
            isChosen={row !== undefined && isChosen(choice, row.id)}
            onPress={(event) => onPress(event, index, acts)}
          />
        );
      })}
    </>
  );
}

interface HeadProps extends Pick<KeyTableProps, "choice" | "matched" | "order" | "onOrder" | "onChooseAll"> {
  readonly headRef: { current: HTMLDivElement | null };
}

function KeyTableHead({ headRef, choice, matched, order, onOrder, onChooseAll }: HeadProps) {
  const hasAll = choice.kind === "all" || (matched > 0 && choice.ids.size >= matched);
  const hasSome = choice.kind === "some" && choice.ids.size > 0 && !hasAll;
  return (
    <div ref={headRef} class="keys-head">
      <GridRow place={1} class="keys-row keys-row-head">
        <GridHead name="mark">
          <label class="keys-mark-all">
            <input
              type="checkbox"
              checked={hasAll}
              indeterminate={hasSome}
              onChange={(event) => onChooseAll(event.currentTarget.checked)}
            />
            <span class="unseen">{t("keys.choose_all")}</span>
          </label>
        </GridHead>
        {COLUMNS.map((column) => (
          <ColumnHead
            key={column.name}
            column={column}
            order={order}
            onSort={(sort) => onOrder(nextOrder(order, sort))}
          />
        ))}
      </GridRow>
    </div>
  );
}

interface ColumnHeadProps {
  readonly column: KeyColumn;
  readonly order: KeyOrder;
  readonly onSort: (sort: KeySort) => void;
}

function ColumnHead({ column: { name, title, sort, isNumber = false }, order, onSort }: ColumnHeadProps) {
  const isSorted = sort !== undefined && order.sort === sort;
  const direction = order.isDescending ? "descending" : "ascending";
  return (
    <GridHead name={name} isNumber={isNumber} sorted={isSorted ? direction : undefined}>
      {sort === undefined ? (
        t(title)
      ) : (
        <button type="button" class="keys-sort" onClick={() => onSort(sort)}>
          {t(title)}
          <span aria-hidden="true">{isSorted ? (order.isDescending ? "▼" : "▲") : ""}</span>
        </button>
      )}
    </GridHead>
  );
}

/** The mark chooses, and so does a press with Ctrl or Shift; elsewhere the key is opened. */
function onPress(event: MouseEvent, index: number, { rows, setActive, choose, onOpen }: Acts): void {
  const target = event.target instanceof Element ? event.target : undefined;
  if (target?.closest("a") != null) return;
  setActive(index);
  const isMark = target?.closest(".keys-cell-mark") != null;
  const row = rows.at(index);
  if (isMark || event.shiftKey || event.ctrlKey || event.metaKey) choose(index, event.shiftKey);
  else if (row !== undefined) onOpen(row);
}

function onKey(event: KeyboardEvent, acts: Acts): void {
  // What has the focus inside the head acts for itself.
  if (event.target !== event.currentTarget) return;
  const { rows, matched, active, page, anchor, goTo, choose, onChooseAll, onOpen } = acts;
  const move = moveFor(event, { active, page, total: matched });
  if (move === undefined) return;
  event.preventDefault();
  if (move.to !== undefined) goTo(move.to);
  // A range of the keyboard begins where it stands.
  if (move.to !== undefined && move.chooses === undefined) anchor.current = move.to;
  if (move.chooses !== undefined) choose(move.to ?? active, move.chooses === "range");
  if (move.choosesAll !== undefined) onChooseAll(move.choosesAll);
  const row = rows.at(active);
  if (move.opens && row !== undefined) onOpen(row);
}
