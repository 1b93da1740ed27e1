// The filters of the list of keys, each kept in the address.
import { useEffect, useState } from "preact/hooks";
import { formatNumber } from "../format/format.ts";
import type { QueryPatch } from "../router/route.ts";
import { t, textOf } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { CheckField, SelectField, TextField } from "../ui/field.tsx";
import type { KeyCounts } from "./key-asker.ts";
import { isFiltered, KEY_STATES, type KeyFilter, NO_FILTER } from "./key-filter.ts";
import { type KeyOrder, type KeySort, orderPatch, SORTS } from "./key-order.ts";
import { searchWord } from "./search-word.ts";

export interface KeyFiltersProps {
  readonly filter: KeyFilter;
  readonly order: KeyOrder;
  readonly counts: KeyCounts;
  readonly onChange: (patch: QueryPatch) => void;
}

/** Whoever types is not asked after each letter. */
const TYPING_MS = 250;

export function KeyFilters({ filter, order, counts, onChange }: KeyFiltersProps) {
  const providers = new Set([...counts.providers.map(({ provider }) => provider), ...[filter.provider ?? []].flat()]);
  return (
    <search class="keys-filters" aria-label={t("keys.filters")}>
      <div class="keys-fields">
        <TypedField
          label={t("keys.search")}
          type="search"
          value={filter.search}
          onValue={(text) => onChange({ search: searchWord(text) })}
        />
        <SelectField
          label={t("keys.columns.provider")}
          value={filter.provider ?? ""}
          choices={[
            { value: "", text: t("keys.every_provider") },
            ...[...providers].map((provider) => ({ value: provider, text: providerText(provider, counts) })),
          ]}
          onValue={(provider) => onChange({ provider })}
        />
        <TypedField
          label={t("keys.min_failures")}
          type="number"
          value={filter.minFailures === 0 ? "" : String(filter.minFailures)}
          onValue={(text) => onChange({ min_failures: Number(text) > 0 ? text : undefined })}
        />
        <OrderField order={order} onChange={onChange} />
      </div>
      <div class="row">
        <StateChips filter={filter} counts={counts} onChange={onChange} />
        {isFiltered(filter) && (
          <Button kind="quiet" isSmall onClick={() => onChange(NO_FILTER)}>
            {t("keys.clear_filters")}
          </Button>
        )}
      </div>
    </search>
  );
}

function StateChips({ filter, counts, onChange }: Omit<KeyFiltersProps, "order">) {
  const toggle = (state: (typeof KEY_STATES)[number]) => {
    const isOn = filter.states.includes(state);
    onChange({ status: isOn ? filter.states.filter((other) => other !== state) : [...filter.states, state] });
  };
  const shown = KEY_STATES.filter((state) => counts.states[state] > 0 || filter.states.includes(state));
  return (
    <fieldset class="keys-chips" aria-label={t("keys.columns.state")}>
      {shown.map((state) => (
        <button
          key={state}
          type="button"
          class={`keys-chip keys-chip-${state}`}
          aria-pressed={filter.states.includes(state)}
          onClick={() => toggle(state)}
        >
          {textOf(`states.${state}`) ?? state}
          <span class="keys-chip-count">{formatNumber(counts.states[state])}</span>
        </button>
      ))}
    </fieldset>
  );
}

/** Also by what is no column, and where the table has no heads to press. */
function OrderField({ order, onChange }: Pick<KeyFiltersProps, "order" | "onChange">) {
  return (
    <div class="keys-order">
      <SelectField
        label={t("keys.sort")}
        value={order.sort ?? ""}
        choices={[
          { value: "", text: t("keys.as_configured") },
          ...SORTS.map((sort) => ({ value: sort, text: t(`keys.columns.${sort}`) })),
        ]}
        onValue={(sort) => onChange(orderPatch({ ...order, sort: sort === "" ? undefined : (sort as KeySort) }))}
      />
      <CheckField
        label={t("keys.descending")}
        isChecked={order.isDescending}
        disabled={order.sort === undefined}
        onChecked={(isDescending) => onChange(orderPatch({ ...order, isDescending }))}
      />
    </div>
  );
}

interface TypedFieldProps {
  readonly label: string;
  readonly type: "search" | "number";
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** Says what was typed when the typing pauses. */
function TypedField({ label, type, value, onValue }: TypedFieldProps) {
  const [text, setText] = useState(value);
  // The address was changed elsewhere.
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onValue(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return <TextField label={label} type={type} value={text} onValue={setText} {...(type === "number" && { min: 0 })} />;
}

function providerText(provider: string, { providers }: KeyCounts): string {
  const found = providers.find((other) => other.provider === provider);
  return `${provider} (${formatNumber(found?.keys ?? 0)})`;
}
