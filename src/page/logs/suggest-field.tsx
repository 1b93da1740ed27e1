// A filter that suggests names as they are typed.
import { useId, useState } from "preact/hooks";
import type { InputOf } from "../../admin/operation-table.ts";
import { useOperation } from "../api/use-operation.ts";
import { TextField } from "../ui/field.tsx";
import { useDraft } from "./use-draft.ts";

export interface SuggestFieldProps {
  readonly label: string;
  readonly name: InputOf<"logs.values">["field"];
}

/** Asked when the field is used, not before. */
export function SuggestField({ label, name }: SuggestFieldProps) {
  const id = useId();
  const [value, type] = useDraft(name);
  const [isUsed, setUsed] = useState(false);
  const { data } = useOperation("logs.values", { field: name, text: value.slice(0, 256) }, { isWanted: isUsed });
  return (
    <div onFocusCapture={() => setUsed(true)}>
      <TextField label={label} value={value} onValue={type} list={id} />
      <datalist id={id}>
        {(data?.values ?? []).map((suggestion) => (
          <option key={suggestion.value} value={suggestion.value}>
            {suggestion.name}
          </option>
        ))}
      </datalist>
    </div>
  );
}
