// What a new client token may do, and from where.
import { useOperation } from "../api/use-operation.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { CheckField, TextArea } from "../ui/field.tsx";
import type { FieldsProps } from "./limit-fields.tsx";

const LINES = 2;

export function ScopeFields({ draft, onChange }: FieldsProps) {
  return (
    <fieldset class="form-group">
      <legend>{t("tokens.scope")}</legend>
      <p class="soft small">{t("tokens.scope_hint")}</p>
      <ProviderFields draft={draft} onChange={onChange} />
      <TextArea
        label={t("tokens.models")}
        hint={t("tokens.models_hint")}
        rows={LINES}
        value={draft.models}
        onValue={(models) => onChange({ models })}
      />
      <TextArea
        label={t("tokens.operations")}
        hint={t("tokens.operations_hint")}
        rows={LINES}
        value={draft.operations}
        onValue={(operations) => onChange({ operations })}
      />
      <TextArea
        label={t("tokens.cidrs")}
        hint={t("tokens.cidrs_hint")}
        rows={LINES}
        value={draft.cidrs}
        onValue={(cidrs) => onChange({ cidrs })}
      />
    </fieldset>
  );
}

function ProviderFields({ draft: { providers: chosen }, onChange }: FieldsProps) {
  const asked = useOperation("providers", {});
  const set = (name: string, isChosen: boolean) =>
    onChange({ providers: isChosen ? [...chosen, name] : chosen.filter((other) => other !== name) });
  return (
    <AskedView asked={asked} lines={1}>
      {({ providers }) => (
        <fieldset class="form-group">
          <legend class="small">{t("tokens.providers")}</legend>
          <div class="row">
            {providers.map(({ name }) => (
              <CheckField
                key={name}
                label={name}
                isChecked={chosen.includes(name)}
                onChecked={(isChosen) => set(name, isChosen)}
              />
            ))}
          </div>
        </fieldset>
      )}
    </AskedView>
  );
}
