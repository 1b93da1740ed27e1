// The values in effect, with where each came from.
import { useState } from "preact/hooks";
import type { OutputOf } from "../../admin/operation-table.ts";
import { useOperation } from "../api/use-operation.ts";
import type { Topic } from "../live/use-topics.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Empty, Notice } from "../ui/notice.tsx";
import { Segments } from "../ui/tabs.tsx";
import { TextList } from "./file-notices.tsx";

const TOPICS: readonly Topic[] = ["config", "keys"];
/** Rows that are drawn at a time. */
const PIECE = 200;
/** The daemon gives no more at a time. */
const MOST = 1_000;

type Which = "all" | "set";

export function ConfigValues() {
  const [text, setText] = useState("");
  const [which, setWhich] = useState<Which>("all");
  const [limit, setLimit] = useState(PIECE);
  const asked = useOperation("config.values", { text, only_set: which === "set", limit }, { topics: TOPICS });
  const choices = [
    { name: "all", text: t("config.all_values") },
    { name: "set", text: t("config.set_values") },
  ] as const;
  const filter = (value: string) => {
    setText(value);
    setLimit(PIECE);
  };
  const more = () => setLimit(Math.min(limit + PIECE, MOST));
  return (
    <>
      <div class="config-filters">
        <TextField
          type="search"
          label={t("config.filter")}
          hint={t("config.filter_hint")}
          value={text}
          onValue={filter}
        />
        <Segments label={t("config.which")} choices={choices} current={which} onChange={setWhich} />
      </div>
      <AskedView asked={asked} lines={10}>
        {(found) => <Found found={found} isBusy={asked.isLoading} onMore={limit < MOST ? more : undefined} />}
      </AskedView>
    </>
  );
}

interface FoundProps {
  readonly found: OutputOf<"config.values">;
  readonly isBusy: boolean;
  /** Undefined where no more can be shown: a filter finds the others. */
  readonly onMore: (() => void) | undefined;
}

function Found({ found: { values, total, diagnostics, ok }, isBusy, onMore }: FoundProps) {
  const left = total - values.length;
  return (
    <>
      {!ok && (
        <Notice kind="bad">
          <p>{t("config.values_wrong")}</p>
          <TextList texts={diagnostics} />
        </Notice>
      )}
      {ok && values.length === 0 && <Empty title={t("config.no_values")} />}
      {values.length > 0 && <ValueTable values={values} />}
      {left > 0 && onMore !== undefined && (
        <Button isBusy={isBusy} onClick={onMore}>
          {t("config.more", { count: left })}
        </Button>
      )}
      {left > 0 && onMore === undefined && <p class="soft">{t("config.too_many", { count: left })}</p>}
    </>
  );
}

interface ValueTableProps {
  readonly values: readonly { readonly path: string; readonly value: string; readonly origin: string }[];
}

function ValueTable({ values }: ValueTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="table-scroll" tabIndex={0} aria-label={t("config.values")}>
      <table class="table config-values">
        <thead>
          <tr>
            <th scope="col">{t("config.field")}</th>
            <th scope="col">{t("config.value")}</th>
            <th scope="col">{t("config.origin")}</th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ path, value, origin }) => (
            <tr key={path}>
              <th scope="row" class="mono">
                {path}
              </th>
              <td class="mono">{value}</td>
              <td class="soft">{origin === "default" ? t("config.default") : origin}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
