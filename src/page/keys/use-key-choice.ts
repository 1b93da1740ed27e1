// Which keys the user has chosen, and how that changes.
import { useEffect, useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
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
  const { run, isBusy } = useAction();
  const { filter, rows, matched } = list;
  const wish = JSON.stringify(selectionFields(filter));
  // What was chosen belongs to the filter.
  useEffect(() => setChoice(NOTHING), [wish]);
  const choose = (make: () => Promise<KeyChoice>) =>
    void run(async () => {
      setChoice(await make());
      return undefined;
    });
  return {
    choice,
    isBusy,
    toggle: (index) => {
      const id = rows.at(index)?.id;
      if (id === undefined) return;
      if (choice.kind === "some") setChoice(withIds(choice, [id], !choice.ids.has(id)));
      else
        choose(async () => withIds(withIds(NOTHING, await idsOf({ start: 0, end: matched }, list), true), [id], false));
    },
    chooseSpan: (span) => choose(async () => withIds(choice, await idsOf(span, list), true)),
    chooseAll: (isWanted) => setChoice(isWanted ? { kind: "all" } : NOTHING),
  };
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
