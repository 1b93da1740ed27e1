// A field of a form with its label, hint and error, tied together for those who hear the page.
import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useId } from "preact/hooks";

export interface FieldFacts {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

type Described = Readonly<Record<"id" | "aria-describedby", string>> & { readonly "aria-invalid": boolean };

interface FieldProps extends FieldFacts {
  readonly children: (ids: Described) => ComponentChildren;
}

/** `children` puts the given attributes on its control. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {children({ id, "aria-describedby": `${id}-hint ${id}-error`, "aria-invalid": error !== undefined })}
      {hint !== undefined && (
        <span class="field-hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      <span class="field-error" id={`${id}-error`} role="alert" hidden={error === undefined}>
        {error}
      </span>
    </div>
  );
}

interface TextProps {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly required?: boolean;
  readonly autofocus?: boolean;
}

interface InputProps extends TextProps {
  /** `text` by default. */
  readonly type?: "text" | "search" | "number" | "password" | "datetime-local";
  /** The id of a `datalist` with suggestions. */
  readonly list?: string;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | "any";
}

export function TextField({ label, hint, error, onValue, type = "text", ...rest }: FieldFacts & InputProps) {
  // The types know which attributes go with which kind of field, and want one kind.
  const control = { type, ...rest } as InputHTMLAttributes<HTMLInputElement>;
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <input
          class="input"
          autocomplete="off"
          spellcheck={false}
          {...control}
          {...ids}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface AreaProps extends TextProps {
  /** Lines that are seen at a time; 6 by default. */
  readonly rows?: number;
}

export function TextArea({ label, hint, error, onValue, ...rest }: FieldFacts & AreaProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <textarea
          class="input"
          rows={6}
          spellcheck={false}
          {...rest}
          {...ids}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

interface SelectProps {
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onValue: (value: string) => void;
  readonly disabled?: boolean | undefined;
}

export function SelectField({ label, hint, error, value, choices, onValue, disabled }: FieldFacts & SelectProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <select
          class="input"
          {...ids}
          value={value}
          disabled={disabled}
          onChange={(event) => onValue(event.currentTarget.value)}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CheckProps {
  readonly label: ComponentChildren;
  readonly isChecked: boolean;
  readonly onChecked: (isChecked: boolean) => void;
  readonly disabled?: boolean | undefined;
}

export function CheckField({ label, isChecked, onChecked, disabled }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isChecked}
        disabled={disabled}
        onChange={(event) => onChecked(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
