// The first step of adding keys: the text, whose keys they are, and what is said of all of them.
import { useOperation } from "../api/use-operation.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { CheckField, type Choice, SelectField, TextArea } from "../ui/field.tsx";
import { SettingsFields, type SettingsFieldsProps } from "./settings-fields.tsx";
import { isFine } from "./settings-form.ts";
import type { AddKeys } from "./use-add-keys.ts";

export interface AddKeysPasteProps {
  readonly adding: AddKeys;
  readonly onClose: () => void;
}

export function AddKeysPaste({ adding, onClose }: AddKeysPasteProps) {
  const { pasted, setPasted, look, isBusy } = adding;
  const { text, provider, form, isTested } = pasted;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        look();
      }}
    >
      <TextArea
        label={t("key_edit.add.text")}
        hint={t("key_edit.add.text_hint")}
        value={text}
        rows={8}
        autofocus
        onValue={(value) => setPasted({ ...pasted, text: value })}
      />
      <ProviderField provider={provider} onProvider={(value) => setPasted({ ...pasted, provider: value })} />
      <MoreSettings form={form} onForm={(value) => setPasted({ ...pasted, form: value })} />
      <CheckField
        label={t("key_edit.add.test")}
        isChecked={isTested}
        onChecked={(value) => setPasted({ ...pasted, isTested: value })}
      />
      <div class="row row-end">
        <Button onClick={onClose}>{t("ui.cancel")}</Button>
        <Button kind="primary" type="submit" isBusy={isBusy} disabled={text.trim() === "" || !isFine(form)}>
          {t("key_edit.add.look")}
        </Button>
      </div>
    </form>
  );
}

function MoreSettings({ form, onForm }: Pick<SettingsFieldsProps, "form" | "onForm">) {
  return (
    <details class="key-edit-more">
      <summary>{t("key_edit.add.settings")}</summary>
      <div class="stack">
        <p class="small soft">{t("key_edit.add.settings_hint")}</p>
        <SettingsFields form={form} onForm={onForm} />
      </div>
    </details>
  );
}

interface ProviderFieldProps {
  readonly provider: string;
  readonly onProvider: (provider: string) => void;
}

/** Those that are configured, and presets that would come with their first key. */
function ProviderField({ provider, onProvider }: ProviderFieldProps) {
  const { data, failure } = useOperation("providers", { presets: true });
  const { providers = [], presets = [] } = data ?? {};
  const usual = providers.find(({ is_default }) => is_default)?.name ?? "openai";
  const known = new Set([...providers.map(({ name }) => name), ...presets]);
  const choices: readonly Choice[] = [
    { value: "", text: t("key_edit.add.default_provider", { provider: usual }) },
    ...providers.map(({ name, enabled }) => {
      return { value: name, text: enabled ? name : t("key_edit.add.provider_off", { provider: name }) };
    }),
    ...presets.map((name) => ({ value: name, text: t("key_edit.add.preset", { provider: name }) })),
    ...(provider !== "" && !known.has(provider) ? [{ value: provider, text: provider }] : []),
  ];
  return (
    <SelectField
      label={t("key_edit.add.provider")}
      hint={t("key_edit.add.provider_hint")}
      error={failure?.message}
      value={provider}
      choices={choices}
      onValue={onProvider}
    />
  );
}
