// What can be done with one key.
import { useEffect, useRef, useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { type Action, useAction } from "../api/use-action.ts";
import { navigate, pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { EditKeysDialog } from "./edit-keys-dialog.tsx";
import type { KeyRow } from "./key-row.ts";
import { KeyTestDialog } from "./key-test-dialog.tsx";

export interface KeyActionsProps {
  readonly row: KeyRow;
  /** It is otherwise now. */
  readonly onDone: () => void;
}

export function KeyActions({ row, onDone }: KeyActionsProps) {
  const [dialog, setDialog] = useState<"test" | "edit" | "remove">();
  const action = useAction();
  useFocusKept(row);
  const close = () => setDialog(undefined);
  const isServing = row.state !== "unused";
  const isOurs = row.source === "key store";
  return (
    <>
      {isServing && <Button onClick={() => setDialog("test")}>{t("key_edit.actions.test")}</Button>}
      {isServing && <HealthButtons row={row} action={action} onDone={onDone} />}
      <Button disabled={!isOurs} onClick={() => setDialog("edit")}>
        {t("key_edit.actions.edit")}
      </Button>
      <Button kind="danger" disabled={!isOurs} onClick={() => setDialog("remove")}>
        {t("key_edit.actions.remove")}
      </Button>
      {dialog === "test" && <KeyTestDialog id={row.id} name={row.name} onClose={close} onDone={onDone} />}
      {dialog === "edit" && (
        <EditKeysDialog meant={{ keys: [row.id] }} count={1} row={row} onClose={close} onDone={onDone} />
      )}
      {dialog === "remove" && <RemoveDialog row={row} action={action} onClose={close} />}
    </>
  );
}

/** The button that was pressed may be gone, such as that of a reset: whoever uses the keyboard goes on from the heading. */
function useFocusKept(row: KeyRow): void {
  const had = useRef<Element>(null);
  useEffect(() => {
    const isLost = had.current?.isConnected === false && document.activeElement === document.body;
    if (isLost) document.querySelector<HTMLElement>("main h1")?.focus();
    had.current = null;
  }, [row]);
  had.current = document.activeElement?.closest(".page-head") ? document.activeElement : had.current;
}

interface HealthButtonsProps extends KeyActionsProps {
  readonly action: Action;
}

function HealthButtons({ row: { id, state, parts }, action: { run, isBusy }, onDone }: HealthButtonsProps) {
  const change = (name: "reset" | "enable" | "disable") =>
    run(async () => {
      await callOperation(`keys.${name}`, { keys: [id] });
      onDone();
      return t(`key_edit.done.${name}`);
    });
  const isDisabled = state === "disabled";
  const rests = parts.length > 0 || (state !== "ready" && !isDisabled);
  return (
    <>
      {rests && (
        <Button isBusy={isBusy} onClick={() => change("reset")}>
          {t("key_edit.actions.reset")}
        </Button>
      )}
      <Button isBusy={isBusy} onClick={() => change(isDisabled ? "enable" : "disable")}>
        {isDisabled ? t("key_edit.actions.enable") : t("key_edit.actions.disable")}
      </Button>
    </>
  );
}

interface RemoveDialogProps extends Pick<HealthButtonsProps, "row" | "action"> {
  readonly onClose: () => void;
}

function RemoveDialog({ row: { id, name, masked, provider }, action: { run, isBusy }, onClose }: RemoveDialogProps) {
  const remove = () =>
    run(async () => {
      const { refused } = await callOperation("keys.remove", { keys: [id] });
      const [first] = refused;
      onClose();
      if (first !== undefined) throw new Error(t("key_edit.detail.kept", { name, why: first.why }));
      navigate(pagePath("keys"));
      return t("key_edit.done.remove", { name });
    });
  return (
    <Confirm
      title={t("key_edit.detail.remove_title")}
      action={t("key_edit.actions.remove")}
      isBusy={isBusy}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>{t("key_edit.detail.remove_text", { name, provider })}</p>
      <p>
        <code>{masked}</code>
      </p>
    </Confirm>
  );
}
