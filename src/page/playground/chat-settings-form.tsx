// What is asked for: who, which model, with which key, and how.
import { useState } from "preact/hooks";
import { useOperation } from "../api/use-operation.ts";
import type { Topic } from "../live/use-topics.ts";
import { t } from "../texts/texts.ts";
import { CheckField, SelectField, TextArea, TextField } from "../ui/field.tsx";
import { type ChatSettings, faultsOf } from "./conversation.ts";
import { ModelField } from "./model-field.tsx";

export interface ChatSettingsFormProps {
  readonly settings: ChatSettings;
  readonly onChange: (patch: Partial<ChatSettings>) => void;
}

const TOPICS: readonly Topic[] = ["config", "keys"];

export function ChatSettingsForm({ settings, onChange }: ChatSettingsFormProps) {
  const { provider, model, key, system } = settings;
  const [isWide] = useState(() => matchMedia("(min-width: 64rem)").matches);
  return (
    <details class="card playground-settings" open={isWide}>
      <summary>
        <h2>{t("playground.settings")}</h2>
      </summary>
      <ProviderField provider={provider} onProvider={(chosen) => onChange({ provider: chosen })} />
      <ModelField
        label={t("playground.model")}
        hint={t("playground.model_hint")}
        provider={provider}
        value={model}
        onValue={(value) => onChange({ model: value })}
      />
      <TextField
        label={t("playground.key")}
        hint={t("playground.key_hint")}
        value={key}
        onValue={(value) => onChange({ key: value })}
      />
      <TextArea
        label={t("playground.system")}
        rows={3}
        value={system}
        onValue={(value) => onChange({ system: value })}
      />
      <LimitFields settings={settings} onChange={onChange} />
      <StreamFields settings={settings} onChange={onChange} />
    </details>
  );
}

interface ProviderFieldProps {
  readonly provider: string;
  readonly onProvider: (provider: string) => void;
}

function ProviderField({ provider, onProvider }: ProviderFieldProps) {
  const { data, failure } = useOperation("providers", {}, { topics: TOPICS });
  const enabled = (data?.providers ?? []).filter((one) => one.enabled).map(({ name }) => name);
  // One of the address may be gone.
  const names = provider === "" || enabled.includes(provider) ? enabled : [...enabled, provider];
  return (
    <SelectField
      label={t("playground.provider")}
      error={failure?.message}
      value={provider}
      choices={[
        { value: "", text: t("playground.any_provider") },
        ...names.map((name) => ({ value: name, text: name })),
      ]}
      onValue={onProvider}
    />
  );
}

function LimitFields({ settings, onChange }: ChatSettingsFormProps) {
  const { temperature, maxTokens, limitField } = settings;
  const faults = faultsOf(settings);
  return (
    <div class="playground-pair">
      <TextField
        label={t("playground.temperature")}
        type="number"
        min={0}
        max={2}
        step={0.1}
        error={faults.temperature ? t("playground.temperature_fault") : undefined}
        value={temperature}
        onValue={(value) => onChange({ temperature: value })}
      />
      <TextField
        label={t("playground.max_tokens")}
        type="number"
        min={1}
        step={1}
        hint={limitField === "max_tokens" ? undefined : t("playground.sent_as", { name: limitField })}
        error={faults.maxTokens ? t("playground.max_tokens_fault") : undefined}
        value={maxTokens}
        onValue={(value) => onChange({ maxTokens: value })}
      />
    </div>
  );
}

function StreamFields({ settings: { isStream, isUsageWanted }, onChange }: ChatSettingsFormProps) {
  return (
    <div class="stack">
      <CheckField
        label={t("playground.stream")}
        isChecked={isStream}
        onChecked={(isChecked) => onChange({ isStream: isChecked })}
      />
      <CheckField
        label={t("playground.usage")}
        isChecked={isUsageWanted}
        disabled={!isStream}
        onChecked={(isChecked) => onChange({ isUsageWanted: isChecked })}
      />
    </div>
  );
}
