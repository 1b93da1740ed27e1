// The name of a model, with those that are known as suggestions.
import { useId } from "preact/hooks";
import { useOperation } from "../api/use-operation.ts";
import type { Topic } from "../live/use-topics.ts";
import { t } from "../texts/texts.ts";
import { TextField } from "../ui/field.tsx";

export interface ModelFieldProps {
  readonly label: string;
  readonly hint: string;
  /** Only what this one offers; empty: what all do, and the names under `models`. */
  readonly provider?: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly autofocus?: boolean;
}

const TOPICS: readonly Topic[] = ["config"];
/** Browsers get slow with many, and nobody reads them. */
const MOST_SUGGESTED = 1_000;

export function ModelField({ label, hint, provider = "", value, onValue, autofocus = false }: ModelFieldProps) {
  const list = useId();
  const { data, failure } = useOperation("models", provider === "" ? {} : { provider }, { topics: TOPICS });
  const known = data?.models ?? [];
  const unavailable = data?.unavailable ?? [];
  const more =
    unavailable.length === 0 ? "" : ` ${t("playground.unlisted", { providers: unavailable.slice(0, 5).join(", ") })}`;
  return (
    <>
      <TextField
        label={label}
        hint={failure === undefined ? hint + more : failure.message}
        list={list}
        value={value}
        onValue={onValue}
        autofocus={autofocus}
      />
      <datalist id={list}>
        {known.slice(0, MOST_SUGGESTED).map(({ id, kind }) => (
          <option key={id} value={id} label={kind === "alias" ? t("playground.alias") : undefined} />
        ))}
      </datalist>
    </>
  );
}
