// What is done with the chosen keys, and what came of it.
import { useState } from "preact/hooks";
import { formatNumber } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { BulkOutcomeNotice } from "./bulk-outcome.tsx";
import { BulkRemoveDialog } from "./bulk-remove-dialog.tsx";
import { BulkTestDialog } from "./bulk-test-dialog.tsx";
import { EditKeysDialog } from "./edit-keys-dialog.tsx";
import { changeInput, chosenCount } from "./key-choice.ts";
import type { KeyFilter } from "./key-filter.ts";
import { type Bulk, type BulkChange, useBulkChange } from "./use-bulk-change.ts";
import type { ChosenKeys } from "./use-key-choice.ts";

export interface BulkBarProps {
  readonly chosen: ChosenKeys;
  readonly matched: number;
  readonly filter: KeyFilter;
  /** Keys are otherwise now. */
  readonly onDone: () => void;
}

const CHANGES = ["reset", "enable", "disable"] as const satisfies readonly BulkChange[];

export function BulkBar(props: BulkBarProps) {
  const { chosen, matched, filter, onDone } = props;
  const [dialog, setDialog] = useState<DialogName>();
  const bulk = useBulkChange(chosen.choice, filter, onDone);
  const count = chosenCount(chosen.choice, matched);
  return (
    <>
      {bulk.outcome !== undefined && <BulkOutcomeNotice outcome={bulk.outcome} onClose={bulk.forget} />}
      {count > 0 && (
        <fieldset class="keys-bulk" aria-label={t("keys.chosen_actions")}>
          <ChosenText {...{ chosen, matched, count }} />
          <BulkButtons bulk={bulk} chosen={chosen} onDialog={setDialog} />
        </fieldset>
      )}
      <BulkDialog {...props} {...{ bulk, count, dialog }} onClose={() => setDialog(undefined)} />
    </>
  );
}

type DialogName = "test" | "edit" | "remove";

interface BulkButtonsProps {
  readonly bulk: Bulk;
  readonly chosen: ChosenKeys;
  readonly onDialog: (name: DialogName) => void;
}

function BulkButtons({ bulk: { running, run }, chosen: { isBusy, chooseAll }, onDialog }: BulkButtonsProps) {
  const isHeld = running !== undefined || isBusy;
  return (
    <div class="row">
      <Button isSmall disabled={isBusy} onClick={() => onDialog("test")}>
        {t("keys.test")}
      </Button>
      {CHANGES.map((change) => (
        <Button
          key={change}
          isSmall
          isBusy={running === change}
          disabled={isHeld && running !== change}
          onClick={() => run(change)}
        >
          {t(`keys.${change}`)}
        </Button>
      ))}
      <Button isSmall disabled={isHeld} onClick={() => onDialog("edit")}>
        {t("key_edit.actions.edit")}
      </Button>
      <Button kind="danger" isSmall disabled={isHeld} onClick={() => onDialog("remove")}>
        {t("keys.remove")}
      </Button>
      <Button kind="quiet" isSmall onClick={() => chooseAll(false)}>
        {t("keys.choose_none")}
      </Button>
    </div>
  );
}

interface BulkDialogProps extends BulkBarProps {
  readonly bulk: Bulk;
  readonly count: number;
  readonly dialog: DialogName | undefined;
  readonly onClose: () => void;
}

function BulkDialog({ bulk, count, dialog, chosen, filter, onDone, onClose }: BulkDialogProps) {
  if (dialog === "test") {
    const close = () => {
      onClose();
      onDone();
    };
    return <BulkTestDialog choice={chosen.choice} count={count} filter={filter} onClose={close} />;
  }
  if (dialog === "edit") {
    const meant = changeInput(chosen.choice, filter);
    return <EditKeysDialog meant={meant} count={count} onClose={onClose} onDone={onDone} />;
  }
  if (dialog !== "remove") return null;
  const remove = async () => {
    if (await bulk.run("remove")) chosen.chooseAll(false);
    onClose();
  };
  return <BulkRemoveDialog count={count} isBusy={bulk.running === "remove"} onClose={onClose} onConfirm={remove} />;
}

interface ChosenTextProps extends Pick<BulkBarProps, "chosen" | "matched"> {
  readonly count: number;
}

function ChosenText({ chosen: { choice, chooseAll }, matched, count }: ChosenTextProps) {
  return (
    <div class="row" role="status">
      <strong>{choice.kind === "all" ? t("keys.all_chosen", { count }) : t("keys.chosen", { count })}</strong>
      {choice.kind === "some" && count < matched && (
        <Button kind="quiet" isSmall onClick={() => chooseAll(true)}>
          {t("keys.choose_matching", { count: formatNumber(matched) })}
        </Button>
      )}
    </div>
  );
}
