// Changes many keys at once, and tells honestly what came of it.
import { useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { changeInput, type KeyChoice } from "./key-choice.ts";
import type { KeyFilter } from "./key-filter.ts";

export type BulkChange = "reset" | "enable" | "disable" | "remove";

export interface BulkOutcome {
  readonly change: BulkChange;
  /** Keys that are as they were asked to be. */
  readonly done: number;
  /** Of providers that are not enabled: nothing of them changed. */
  readonly passedOver: number;
  /** Nothing rested of those that were reset. */
  readonly isVain: boolean;
  readonly refused: readonly { readonly id: string; readonly name: string; readonly why: string }[];
}

export interface Bulk {
  readonly run: (change: BulkChange) => Promise<boolean>;
  readonly running: BulkChange | undefined;
  readonly outcome: BulkOutcome | undefined;
  readonly forget: () => void;
}

export function useBulkChange(choice: KeyChoice, filter: KeyFilter, onDone: () => void): Bulk {
  const action = useAction();
  const [running, setRunning] = useState<BulkChange>();
  const [outcome, setOutcome] = useState<BulkOutcome>();
  const run = async (change: BulkChange) => {
    setRunning(change);
    setOutcome(undefined);
    const succeeded = await action.run(async () => {
      setOutcome(await changeKeys(change, choice, filter));
      return undefined;
    });
    setRunning(undefined);
    onDone();
    return succeeded;
  };
  return { run, running, outcome, forget: () => setOutcome(undefined) };
}

/** @throws ApiFailure. */
async function changeKeys(change: BulkChange, choice: KeyChoice, filter: KeyFilter): Promise<BulkOutcome> {
  const input = changeInput(choice, filter);
  if (change === "remove") {
    const { removed, refused } = await callOperation("keys.remove", input);
    return { change, done: removed.length, passedOver: 0, isVain: false, refused };
  }
  if (change === "reset") {
    const { count, passed_over, cleared } = await callOperation("keys.reset", { ...input, named: 0 });
    return { change, done: count, passedOver: passed_over, isVain: !cleared, refused: [] };
  }
  const { count, passed_over } = await callOperation(`keys.${change}`, { ...input, named: 0 });
  return { change, done: count, passedOver: passed_over, isVain: false, refused: [] };
}
