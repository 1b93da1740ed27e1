// What is said in passing: the result of what the user has done.
import { useEffect, useRef } from "preact/hooks";
import { Observable, useObservable } from "../api/observable.ts";
import { t } from "../texts/texts.ts";
import { Button } from "./button.tsx";

export interface Toast {
  readonly kind: "good" | "bad";
  readonly text: string;
}

interface ShownToast extends Toast {
  readonly id: number;
}

/** Failures stay until they are closed. */
const SHOWN_MS = 6_000;
const MOST = 4;

const toasts = new Observable<readonly ShownToast[]>([]);
let lastId = 0;

export function showToast(toast: Toast): void {
  lastId += 1;
  const id = lastId;
  // Said again it is not two things.
  const others = toasts.value.filter(({ kind, text }) => kind !== toast.kind || text !== toast.text);
  toasts.set([...others, { ...toast, id }].slice(-MOST));
  if (toast.kind === "good") setTimeout(() => hide(id), SHOWN_MS);
}

/** The dialogs that are open, the last one above the others. */
const dialogs = new Observable<readonly object[]>([]);

/** They are shown in the uppermost dialog, where there is one: everything below it can neither be pressed nor heard. */
export function Toasts({ isInDialog = false }: { readonly isInDialog?: boolean }) {
  const shown = useObservable(toasts);
  const isUppermost = useUppermost(isInDialog);
  return (
    <div class="toasts" role="log" aria-live="polite">
      {(isUppermost ? shown : []).map(({ id, kind, text }) => (
        <div key={id} class={`toast toast-${kind}`}>
          <span>{text}</span>
          <Button kind="quiet" isSmall aria-label={t("ui.close")} onClick={() => hide(id)}>
            ✕
          </Button>
        </div>
      ))}
    </div>
  );
}

function useUppermost(isInDialog: boolean): boolean {
  const me = useRef({}).current;
  useEffect(() => {
    if (!isInDialog) return;
    dialogs.set([...dialogs.value, me]);
    return () => dialogs.set(dialogs.value.filter((other) => other !== me));
  }, [isInDialog, me]);
  const uppermost = useObservable(dialogs).at(-1);
  return isInDialog ? uppermost === me : uppermost === undefined;
}

function hide(id: number): void {
  toasts.set(toasts.value.filter((toast) => toast.id !== id));
}
