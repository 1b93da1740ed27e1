// The filters that are needed now and then, and the order of the list.
import { useQuery } from "../router/route.ts";
import { t, textOf } from "../texts/texts.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { SuggestField } from "./suggest-field.tsx";
import { useDraft } from "./use-draft.ts";

/** As the daemon names them. */
const ENDS = ["ok", "error", "interrupted", "client_gone"] as const;
const OUTCOMES = [
  "rate_limited",
  "no_credit",
  "invalid_key",
  "forbidden",
  "model_blocked",
  "overloaded",
  "server_error",
  "timeout",
  "connect_error",
  "reset",
  "bad_answer",
  "cut",
  "client_error",
  "too_big",
  "by_rule",
] as const;
const SORTS = ["time", "duration", "tokens", "cost"] as const;

export function MoreFilters() {
  return (
    <div class="logs-fields">
      {(["provider", "key", "model", "token"] as const).map((name) => (
        <SuggestField key={name} name={name} label={t(`logs.filters.${name}`)} />
      ))}
      <ChoiceField name="outcome" values={OUTCOMES} words="outcomes" />
      <ChoiceField name="end" values={ENDS} words="ends" />
      <DraftField name="operation" placeholder="chat/completions" />
      <DraftField name="id" placeholder="req_…" />
      <DraftField name="slow" type="number" />
      <DraftField name="attempts" type="number" />
      <SpanField name="since" />
      <SpanField name="until" />
      <SortField />
    </div>
  );
}

interface ChoiceProps {
  readonly name: "outcome" | "end";
  readonly values: readonly string[];
  readonly words: "outcomes" | "ends";
}

/** What the address has beside them is shown too. */
function ChoiceField({ name, values, words }: ChoiceProps) {
  const [query, change] = useQuery();
  const current = query.get(name) ?? "";
  const all = current === "" || values.includes(current) ? values : [...values, current];
  const choices = all.map((value) => ({ value, text: textOf(`logs.${words}.${value}`) ?? value }));
  return (
    <SelectField
      label={t(`logs.filters.${name}`)}
      value={current}
      choices={[{ value: "", text: t("logs.filters.any") }, ...choices]}
      onValue={(value) => change({ [name]: value, cursor: undefined }, true)}
    />
  );
}

interface DraftProps {
  readonly name: "operation" | "id" | "slow" | "attempts";
  readonly type?: "text" | "number";
  readonly placeholder?: string;
}

function DraftField({ name, ...rest }: DraftProps) {
  const [value, type] = useDraft(name);
  const bounds = rest.type === "number" ? { min: 0, step: "any" as const } : {};
  return <TextField label={t(`logs.filters.${name}`)} value={value} onValue={type} {...bounds} {...rest} />;
}

/** An own span takes the place of a preset. */
function SpanField({ name }: { readonly name: "since" | "until" }) {
  const [query, change] = useQuery();
  return (
    <TextField
      label={t(`logs.filters.${name}`)}
      type="datetime-local"
      value={query.get(name) ?? ""}
      onValue={(value) => change({ [name]: value, time: undefined, cursor: undefined })}
    />
  );
}

function SortField() {
  const [query, change] = useQuery();
  const current = `${query.get("sort") ?? "time"} ${query.get("order") ?? "desc"}`;
  const choices = SORTS.flatMap((sort) =>
    (["desc", "asc"] as const).map((order) => ({ value: `${sort} ${order}`, text: t(`logs.sorts.${sort}_${order}`) })),
  );
  const choose = (value: string) => {
    const [sort, order] = value.split(" ");
    change({
      sort: sort === "time" ? undefined : sort,
      order: order === "desc" ? undefined : order,
      cursor: undefined,
    });
  };
  return <SelectField label={t("logs.filters.sort")} value={current} choices={choices} onValue={choose} />;
}
