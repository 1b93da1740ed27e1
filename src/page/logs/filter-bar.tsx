// The filters of the list of requests: the usual ones at hand, all others behind a press.
import { useState } from "preact/hooks";
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { CheckField, SelectField, TextField } from "../ui/field.tsx";
import { countFilters, FILTER_FIELDS, PRESETS, presetOf } from "./log-filter.ts";
import { MoreFilters } from "./more-filters.tsx";
import { useDraft } from "./use-draft.ts";

/** Shown without being asked for. */
const AT_HAND: readonly string[] = ["text", "status", "errors", "time"];

export function FilterBar() {
  const [query, change] = useQuery();
  const [text, typeText] = useDraft("text");
  const [status, typeStatus] = useDraft("status", isStatus);
  const hidden = FILTER_FIELDS.filter((name) => !AT_HAND.includes(name) && (query.get(name) ?? "") !== "").length;
  const [isOpen, setOpen] = useState(hidden > 0);
  const clear = () => change(Object.fromEntries([...FILTER_FIELDS, "cursor"].map((name) => [name, undefined])), true);
  return (
    <search class="card logs-filters" aria-label={t("logs.filters.label")}>
      <div class="logs-fields">
        <TextField label={t("logs.filters.text")} type="search" value={text} onValue={typeText} />
        <TextField
          label={t("logs.filters.status")}
          placeholder="429, 5xx"
          value={status}
          error={isStatus(status) ? undefined : t("logs.filters.status_error")}
          onValue={typeStatus}
        />
        <TimeField />
      </div>
      <div class="row">
        <CheckField
          label={t("logs.filters.errors")}
          isChecked={query.get("errors") === "1"}
          onChecked={(is) => change({ errors: is ? "1" : undefined, cursor: undefined }, true)}
        />
        <Button isSmall aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {hidden > 0 ? t("logs.filters.more_set", { count: hidden }) : t("logs.filters.more")}
        </Button>
        {countFilters(query) > 0 && (
          <Button isSmall kind="quiet" onClick={clear}>
            {t("logs.filters.clear")}
          </Button>
        )}
      </div>
      {isOpen && <MoreFilters />}
    </search>
  );
}

function TimeField() {
  const [query, change] = useQuery();
  const hasOwn = presetOf(query) === undefined && (query.has("since") || query.has("until"));
  const choices = [
    { value: "", text: t("logs.times.all") },
    ...(Object.keys(PRESETS) as (keyof typeof PRESETS)[]).map((name) => ({
      value: name,
      text: t(`logs.times.${name}`),
    })),
    ...(hasOwn ? [{ value: "own", text: t("logs.times.own") }] : []),
  ];
  const choose = (time: string) =>
    time !== "own" && change({ time, since: undefined, until: undefined, cursor: undefined }, true);
  return (
    <SelectField
      label={t("logs.filters.time")}
      value={hasOwn ? "own" : (presetOf(query) ?? "")}
      choices={choices}
      onValue={choose}
    />
  );
}

/** `429`, `4xx`, or nothing yet. */
function isStatus(text: string): boolean {
  return text.trim() === "" || /^[1-5](\d\d|xx)$/i.test(text.trim());
}
