// The fields of settings of keys, for those that are added and those that are edited.
import { t } from "../texts/texts.ts";
import { CheckField, TextField } from "../ui/field.tsx";
import { FIELDS, type FieldName, faultOf, LIMIT_FIELDS, type SettingsForm } from "./settings-form.ts";

export interface SettingsFieldsProps {
  readonly form: SettingsForm;
  readonly onForm: (form: SettingsForm) => void;
  /** Of several keys: which fields are to change. Without it all are open. */
  readonly chosen?: ReadonlySet<FieldName>;
  readonly onChosen?: (field: FieldName, isChosen: boolean) => void;
  /** `name` means nothing for several keys that are there. */
  readonly without?: readonly FieldName[];
}

const OTHERS = FIELDS.filter((field) => !LIMIT_FIELDS.some((limit) => limit === field));

export function SettingsFields(props: SettingsFieldsProps) {
  return (
    <>
      <div class="key-edit-fields">{OTHERS.map((field) => row(field, props))}</div>
      <fieldset class="key-edit-limits">
        <legend>{t("key_edit.limits")}</legend>
        <p class="small soft">{t("key_edit.limits_hint")}</p>
        <div class="key-edit-fields">{LIMIT_FIELDS.map((field) => row(field, props))}</div>
      </fieldset>
    </>
  );
}

function row(field: FieldName, { form, onForm, chosen, onChosen, without }: SettingsFieldsProps) {
  if (without?.includes(field) === true) return null;
  const isOpen = chosen?.has(field) ?? true;
  const fault = isOpen ? faultOf(field, form) : undefined;
  return (
    <div key={field} class="key-edit-field">
      {onChosen !== undefined && (
        <CheckField
          label={t("key_edit.change_field", { field: t(`key_edit.fields.${field}`) })}
          isChecked={isOpen}
          onChecked={(isChecked) => onChosen(field, isChecked)}
        />
      )}
      {isOpen && (
        <TextField
          label={t(`key_edit.fields.${field}`)}
          hint={t(`key_edit.hints.${field}`)}
          error={fault === undefined ? undefined : t(fault)}
          value={form[field]}
          onValue={(value) => onForm({ ...form, [field]: value })}
        />
      )}
    </div>
  );
}
