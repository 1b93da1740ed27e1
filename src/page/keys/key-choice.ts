// Which keys a user has chosen: some of them by their ids, or all that the filter leaves.
import type { InputOf } from "../../admin/operation-table.ts";
import { isFiltered, type KeyFilter, selectionFields } from "./key-filter.ts";

/** `all`: those that match at the time when something is done with them. */
export type KeyChoice = { readonly kind: "some"; readonly ids: ReadonlySet<string> } | { readonly kind: "all" };

export const NOTHING: KeyChoice = { kind: "some", ids: new Set() };

export function isChosen(choice: KeyChoice, id: string): boolean {
  return choice.kind === "all" || choice.ids.has(id);
}

/** How many are chosen, of so many that match. */
export function chosenCount(choice: KeyChoice, matched: number): number {
  return choice.kind === "all" ? matched : choice.ids.size;
}

/** These chosen besides, or no more. */
export function withIds(choice: KeyChoice, ids: readonly string[], isWanted: boolean): KeyChoice {
  if (choice.kind === "all") return choice;
  const next = new Set(choice.ids);
  for (const id of ids) {
    if (isWanted) next.add(id);
    else next.delete(id);
  }
  return { kind: "some", ids: next };
}

/** What operations that change keys are given. */
export function changeInput(choice: KeyChoice, filter: KeyFilter): InputOf<"keys.disable"> {
  if (choice.kind === "some") return { keys: [...choice.ids] };
  return isFiltered(filter) ? selectionFields(filter) : { all: true };
}

/** What `test` is given. */
export function testInput(choice: KeyChoice, filter: KeyFilter): InputOf<"test"> {
  return choice.kind === "some" ? { keys: [...choice.ids] } : { ...selectionFields(filter), all_keys: true };
}
