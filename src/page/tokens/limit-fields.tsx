// How much a new client token may use, and until when.
import { t } from "../texts/texts.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import {
  BUDGET_PERIODS,
  type BudgetPeriod,
  type ChangeDraft,
  EXPIRIES,
  type Expiry,
  hasDays,
  type TokenDraft,
} from "./token-draft.ts";

export interface FieldsProps {
  readonly draft: TokenDraft;
  readonly onChange: ChangeDraft;
}

const LIMITS = ["rpm", "tpm", "tpd", "concurrency"] as const;

export function LimitFields({ draft, onChange }: FieldsProps) {
  return (
    <fieldset class="form-group">
      <legend>{t("tokens.limits")}</legend>
      <p class="soft small">{t("tokens.limits_hint")}</p>
      <div class="form-columns">
        {LIMITS.map((name) => (
          <TextField
            key={name}
            label={t(`tokens.limit.${name}`)}
            value={draft[name]}
            onValue={(value) => onChange({ [name]: value })}
          />
        ))}
        <BudgetFields draft={draft} onChange={onChange} />
        <ExpiryFields draft={draft} onChange={onChange} />
      </div>
    </fieldset>
  );
}

function BudgetFields({ draft, onChange }: FieldsProps) {
  return (
    <>
      <TextField
        label={t("tokens.limit.budget")}
        hint={t("tokens.budget_hint")}
        type="number"
        min={0}
        step="any"
        value={draft.budget}
        onValue={(budget) => onChange({ budget })}
      />
      <SelectField
        label={t("tokens.budget_period")}
        value={draft.budgetPer}
        disabled={draft.budget === ""}
        choices={BUDGET_PERIODS.map((value) => ({ value, text: t(`tokens.period.${value}`) }))}
        onValue={(value) => onChange({ budgetPer: value as BudgetPeriod })}
      />
      {hasDays(draft) && (
        <TextField
          label={t("tokens.day")}
          hint={t("tokens.day_hint", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}
          value={draft.day}
          onValue={(day) => onChange({ day })}
        />
      )}
    </>
  );
}

function ExpiryFields({ draft, onChange }: FieldsProps) {
  return (
    <>
      <SelectField
        label={t("tokens.expires")}
        value={draft.expiry}
        choices={EXPIRIES.map((value) => ({ value, text: t(`tokens.expiry.${value}`) }))}
        onValue={(value) => onChange({ expiry: value as Expiry })}
      />
      {draft.expiry === "date" && (
        <TextField
          label={t("tokens.expires_at")}
          type="datetime-local"
          required
          value={draft.expiresAt}
          onValue={(expiresAt) => onChange({ expiresAt })}
        />
      )}
    </>
  );
}
