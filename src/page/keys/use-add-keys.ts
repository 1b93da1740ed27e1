// The steps in which keys are added: pasted, looked at, tried if that is wanted, added.
import { useEffect, useRef, useState } from "preact/hooks";
import type { InputOf } from "../../admin/operation-table.ts";
import { callOperation, streamOperation } from "../api/call-operation.ts";
import { type Action, useAction } from "../api/use-action.ts";
import { type Foretold, failedIn, newsIn, type Tries, type TryRow, workingIn } from "./add-keys.ts";
import { EMPTY_FORM, type SettingsForm, settingsOf } from "./settings-form.ts";

export interface Pasted {
  readonly text: string;
  /** Empty: the default provider. */
  readonly provider: string;
  readonly form: SettingsForm;
  readonly isTested: boolean;
}

export type AddStep =
  | { readonly at: "paste" }
  | { readonly at: "look"; readonly foretold: Foretold; readonly tries: Tries }
  | { readonly at: "try"; readonly foretold: Foretold; readonly tries: Tries; readonly total: number }
  | { readonly at: "done"; readonly added: Foretold };

export interface AddKeys extends Pick<Action, "isBusy" | "failure"> {
  readonly pasted: Pasted;
  readonly setPasted: (pasted: Pasted) => void;
  readonly step: AddStep;
  /** Asks what would become of each line. */
  readonly look: () => void;
  readonly back: () => void;
  /** Tries the new keys, and adds them where all work. */
  readonly tryAll: () => void;
  readonly stop: () => void;
  /** Adds the keys of these lines. */
  readonly add: (lines: readonly number[]) => void;
}

const NONE: Tries = new Map();

/** `provider`: chosen at first. `onAdded`: keys are otherwise now. */
export function useAddKeys(provider: string, onAdded: () => void): AddKeys {
  const [pasted, setPasted] = useState<Pasted>({ text: "", provider, form: EMPTY_FORM, isTested: false });
  const [step, setStep] = useState<AddStep>({ at: "paste" });
  const { run, isBusy, failure } = useAction({ isQuiet: true });
  const trying = useRef<AbortController>(undefined);
  useEffect(() => () => trying.current?.abort(), []);
  const brought = broughtOf(pasted);
  const put = async (lines: readonly number[]) => {
    const added = await callOperation("keys.add", { ...brought, only: [...lines], skip_unfit: true });
    // No secret stays in the page any longer than it is needed.
    setPasted((before) => ({ ...before, text: "", form: EMPTY_FORM }));
    setStep({ at: "done", added });
    onAdded();
  };
  const add = (lines: readonly number[]) => run(async () => void (await put(lines)));
  const look = () =>
    run(async () => {
      const foretold = await callOperation("keys.add", { ...brought, dry_run: true });
      setStep({ at: "look", foretold, tries: NONE });
      return undefined;
    });
  const tryAll = () =>
    run(async () => {
      if (step.at !== "look") return undefined;
      const { foretold } = step;
      const gone = new AbortController();
      trying.current = gone;
      const show = (tries: Tries, total: number) => setStep({ at: "try", foretold, tries, total });
      const tries = await tryKeys({ ...brought, only: [...newsIn(foretold)] }, gone.signal, show).catch((error) => {
        setStep({ at: "look", foretold, tries: NONE });
        throw error;
      });
      if (gone.signal.aborted || failedIn(tries) > 0) setStep({ at: "look", foretold, tries });
      else await put(workingIn(foretold, tries));
      return undefined;
    });
  const back = () => setStep({ at: "paste" });
  const stop = () => trying.current?.abort();
  return { pasted, setPasted, step, look, back, tryAll, stop, add, isBusy, failure };
}

function broughtOf({ text, provider, form }: Pasted): InputOf<"keys.try"> {
  const settings = settingsOf(form);
  return { text, ...(provider !== "" && { provider }), ...(settings && { settings }) };
}

/** What was met until it is done or stopped; `show` gets it as it comes. */
async function tryKeys(
  input: InputOf<"keys.try">,
  signal: AbortSignal,
  show: (tries: Tries, total: number) => void,
): Promise<Tries> {
  const tries = new Map<number, TryRow>();
  show(tries, input.only?.length ?? 0);
  try {
    for await (const row of streamOperation("keys.try", input, signal)) {
      tries.set(row.line, row);
      show(new Map(tries), row.total);
    }
  } catch (error: unknown) {
    if (!signal.aborted) throw error;
  }
  return tries;
}
