// A dialog above the page, and the question before something that cannot be undone.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../texts/texts.ts";
import { Button } from "./button.tsx";
import { Toasts } from "./toasts.tsx";

export interface DialogProps {
  readonly title: string;
  /** Escape, a press of the cross: the caller decides whether it closes. */
  readonly onClose: () => void;
  readonly size?: "narrow" | "normal" | "wide";
  readonly children: ComponentChildren;
}

/**
 * Draw it only while it is open. The browser keeps the focus inside; it goes back to where it was, or to the heading of
 * the page where that is gone. What is said in passing is said here too: all that is outside can neither be pressed nor
 * heard meanwhile.
 */
export function Dialog({ title, onClose, size = "normal", children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const { current: dialog } = element;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      giveFocusBack(before);
    };
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog ref={element} class={`dialog dialog-${size}`} aria-labelledby={id} onCancel={cancel}>
      <div class="stack">
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <Button kind="quiet" isSmall aria-label={t("ui.close")} onClick={onClose}>
            ✕
          </Button>
        </div>
        {children}
      </div>
      <Toasts isInDialog />
    </dialog>
  );
}

function giveFocusBack(before: Element | null): void {
  if (before instanceof HTMLElement && before.isConnected) before.focus();
  if (document.activeElement === document.body) document.querySelector<HTMLElement>("main h1")?.focus();
}

export interface ConfirmProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What the button says that does it. */
  readonly action: string;
  readonly isBusy?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function Confirm({ title, children, action, isBusy = false, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} size="narrow" onClose={onClose}>
      <div class="stack">{children}</div>
      <div class="row row-end">
        <Button onClick={onClose}>{t("ui.cancel")}</Button>
        <Button kind="danger" isBusy={isBusy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
