// Which keys the user has chosen, and how that changes.
import { useEffect, useRef, useState } from "preact/hooks";
import { toFailure } from "../api/api-failure.ts";
import { callOperation } from "../api/call-operation.ts";
import { showToast } from "../ui/toasts.tsx";
import { type KeyChoice, NOTHING, withIds } from "./key-choice.ts";
import { type KeyFilter, selectionFields } from "./key-filter.ts";
import type { KeyOrder } from "./key-order.ts";
import type { LoadedRows, Span } from "./loaded-rows.ts";

export interface ChosenKeys {
  readonly choice: KeyChoice;
  readonly toggle: (index: number) => void;
  readonly chooseSpan: (span: Span) => void;
  readonly chooseAll: (isWanted: boolean) => void;
  /** It is being found out which keys are meant. */
  readonly isBusy: boolean;
}

export interface ShownList {
  readonly filter: KeyFilter;
  readonly order: KeyOrder;
  readonly rows: LoadedRows;
  readonly matched: number;
}

/** Another filter chooses nothing: what is not shown must not be deleted with the rest. */
export function useKeyChoice(list: ShownList): ChosenKeys {
  const [choice, setChoice] = useState<KeyChoice>(NOTHING);
  const { look, drop, isBusy } = useLookup(setChoice);
  const { filter, rows, matched } = list;
  const wish = JSON.stringify(selectionFields(filter));
  const put = (next: KeyChoice) => {
    drop();
    setChoice(next);
  };
  // What was chosen belongs to the filter, and so does what is still being looked up.
  useEffect(() => put(NOTHING), [wish]);
  return {
    choice,
    isBusy,
    toggle: (index) => {
      const id = rows.at(index)?.id;
      if (id === undefined) return;
      if (choice.kind === "some") put(withIds(choice, [id], !choice.ids.has(id)));
      else
        look(async () => {
          const others = withIds(withIds(NOTHING, await idsOf({ start: 0, end: matched }, list), true), [id], false);
          return () => others;
        });
    },
    chooseSpan: (span) =>
      look(async () => {
        const ids = await idsOf(span, list);
        return (before) => withIds(before, ids, true);
      }),
    chooseAll: (isWanted) => put(isWanted ? { kind: "all" } : NOTHING),
  };
}

type Change = (before: KeyChoice) => KeyChoice;

/** What is looked up counts unless something else was chosen meanwhile. */
function useLookup(apply: (change: Change) => void) {
  const [isBusy, setBusy] = useState(false);
  const last = useRef(0);
  const look = async (find: () => Promise<Change>) => {
    last.current += 1;
    const own = last.current;
    setBusy(true);
    try {
      const change = await find();
      if (own === last.current) apply(change);
    } catch (error: unknown) {
      if (own === last.current) showToast({ kind: "bad", text: toFailure(error).message });
    }
    if (own === last.current) setBusy(false);
  };
  const drop = () => {
    last.current += 1;
    setBusy(false);
  };
  return { look: (find: () => Promise<Change>) => void look(find), drop, isBusy };
}

/** Of rows that need not be loaded. @throws ApiFailure. */
async function idsOf({ start, end }: Span, { filter, order, rows }: ShownList): Promise<readonly string[]> {
  const loaded = Array.from(
    { length: Math.min(end - start, MOST_LOOKED_UP) },
    (_, offset) => rows.at(start + offset)?.id,
  );
  const known = loaded.filter((id) => id !== undefined);
  if (known.length === end - start) return known;
  const { ids = [] } = await callOperation("keys.list", {
    ...selectionFields(filter),
    ...(order.sort !== undefined && { sort: order.sort, descending: order.isDescending }),
    ...(rows.order !== undefined && { order: rows.order }),
    offset: start,
    limit: end - start,
    ids_only: true,
  });
  return ids;
}

/** As many as may be loaded. */
const MOST_LOOKED_UP = 2_000;
