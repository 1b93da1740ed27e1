// What is said in passing: the result of what the user has done.
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
  toasts.set([...toasts.value, { ...toast, id }].slice(-MOST));
  if (toast.kind === "good") setTimeout(() => hide(id), SHOWN_MS);
}

export function Toasts() {
  const shown = useObservable(toasts);
  return (
    <div class="toasts" role="log" aria-live="polite">
      {shown.map(({ id, kind, text }) => (
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

function hide(id: number): void {
  toasts.set(toasts.value.filter((toast) => toast.id !== id));
}
