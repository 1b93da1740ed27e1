// Changes what is said of stored keys: of one with what it is, of many only what is chosen.
import { useState } from "preact/hooks";
import type { InputOf, OutputOf } from "../../admin/operation-table.ts";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";
import type { KeyRow } from "./key-row.ts";
import { SettingsFields } from "./settings-fields.tsx";
import {
  changedFields,
  changeOf,
  EMPTY_FORM,
  FIELDS,
  type FieldName,
  faultOf,
  formOf,
  type SettingsForm,
} from "./settings-form.ts";

type Refused = OutputOf<"keys.set">["refused"];

/** Which keys are meant, as operations that change keys take it. */
export type KeysMeant = InputOf<"keys.disable">;

export interface EditKeysDialogProps {
  readonly meant: KeysMeant;
  /** How many they are. */
  readonly count: number;
  /** Where it is one key: what it is now. */
  readonly row?: KeyRow | undefined;
  readonly onClose: () => void;
  /** Keys are otherwise now. */
  readonly onDone?: (() => void) | undefined;
}

/** Why some stay as they are is more than can be said in passing. */
const MOST_REFUSED = 20;

export function EditKeysDialog(props: EditKeysDialogProps) {
  const { count, row, onClose } = props;
  const { form, setForm, chosen, choose, refused, save, isBusy, failure, isReady } = useEdit(props);
  const title = row === undefined ? t("key_edit.title", { count }) : t("key_edit.title_of", { name: row.name });
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {row === undefined && <p class="soft">{t("key_edit.many_hint")}</p>}
        <SettingsFields
          form={form}
          onForm={setForm}
          {...(row === undefined && { chosen, onChosen: choose, without: count === 1 ? [] : ["name"] })}
        />
        {failure !== undefined && <Notice kind="bad">{failure.message}</Notice>}
        <RefusedKeys refused={refused} />
        <div class="row row-end">
          <Button onClick={onClose}>{refused.length > 0 ? t("ui.close") : t("ui.cancel")}</Button>
          <Button kind="primary" type="submit" isBusy={isBusy} disabled={!isReady}>
            {t("key_edit.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function useEdit({ meant, row, onClose, onDone }: EditKeysDialogProps) {
  const [before] = useState(() => (row === undefined ? EMPTY_FORM : formOf(row)));
  const [form, setForm] = useState<SettingsForm>(before);
  const [chosen, setChosen] = useState<ReadonlySet<FieldName>>(new Set());
  const [refused, setRefused] = useState<Refused>([]);
  const { run, isBusy, failure } = useAction({ isQuiet: true });
  const fields = row === undefined ? FIELDS.filter((field) => chosen.has(field)) : changedFields(before, form);
  const isFine = fields.every((field) => faultOf(field, form) === undefined);
  const save = () =>
    run(async () => {
      const answer = await callOperation("keys.set", { ...meant, ...changeOf(form, fields) });
      onDone?.();
      setRefused(answer.refused);
      if (answer.refused.length === 0) onClose();
      return answer.keys.length === 0 ? undefined : t("key_edit.saved", { count: answer.keys.length });
    });
  const choose = (field: FieldName, isChosen: boolean) =>
    setChosen((set) => new Set(isChosen ? [...set, field] : [...set].filter((other) => other !== field)));
  return { form, setForm, chosen, choose, refused, save, isBusy, failure, isReady: fields.length > 0 && isFine };
}

function RefusedKeys({ refused }: { readonly refused: Refused }) {
  if (refused.length === 0) return null;
  return (
    <Notice kind="bad">
      <p>{t("key_edit.refused", { count: refused.length })}</p>
      <ul class="key-edit-list">
        {refused.slice(0, MOST_REFUSED).map(({ id, name, why }) => (
          <li key={id}>
            <strong>
              <bdi>{name}</bdi>
            </strong>
            : {why}
          </li>
        ))}
      </ul>
      {refused.length > MOST_REFUSED && <p>{t("key_edit.more", { count: refused.length - MOST_REFUSED })}</p>}
    </Notice>
  );
}
