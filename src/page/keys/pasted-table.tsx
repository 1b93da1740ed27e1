// The pasted lines with what becomes of each: never more of a secret than its ends.
import { useState } from "preact/hooks";
import { formatDuration, formatNumber } from "../format/format.ts";
import { t, textOf } from "../texts/texts.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Segments } from "../ui/tabs.tsx";
import {
  countsOf,
  type Foretold,
  type LineOutcome,
  linesOf,
  type PastedLine,
  type Tries,
  type TryRow,
} from "./add-keys.ts";

export interface PastedTableProps {
  readonly foretold: Foretold;
  readonly tries?: Tries;
}

type Shown = LineOutcome | "all";

const TONES: Readonly<Record<LineOutcome, Tone>> = {
  added: "good",
  updated: "info",
  known: "idle",
  duplicate: "idle",
  refused: "bad",
  unfit: "bad",
};

/** More rows would make a large paste slow, and nobody reads them. */
const MOST_ROWS = 200;

export function PastedTable({ foretold, tries = new Map() }: PastedTableProps) {
  const [chosen, setChosen] = useState<Shown>("all");
  const lines = linesOf(foretold);
  const counts = countsOf(lines);
  const current = chosen !== "all" && !counts.has(chosen) ? "all" : chosen;
  const among = current === "all" ? lines : lines.filter(({ outcome }) => outcome === current);
  const choices = [
    { name: "all" as const, text: t("key_edit.add.all_lines", { count: formatNumber(lines.length) }) },
    ...[...counts].map(([name, count]) => ({ name, text: `${t(`key_edit.outcomes.${name}`)} ${formatNumber(count)}` })),
  ];
  return (
    <>
      {counts.size > 1 && (
        <div class="key-edit-segments">
          <Segments<Shown> label={t("key_edit.add.shown")} choices={choices} current={current} onChange={setChosen} />
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard (axe: scrollable-region-focusable) */}
      <section class="table-scroll key-edit-lines" tabIndex={0} aria-label={t("key_edit.add.lines")}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col" class="number">
                {t("key_edit.columns.line")}
              </th>
              <th scope="col">{t("key_edit.columns.key")}</th>
              <th scope="col">{t("key_edit.columns.outcome")}</th>
            </tr>
          </thead>
          <tbody>
            {among.slice(0, MOST_ROWS).map((line) => (
              <Line key={line.line} of={line} tried={tries.get(line.line)} />
            ))}
          </tbody>
        </table>
      </section>
      {among.length > MOST_ROWS && <p class="small soft">{t("key_edit.more", { count: among.length - MOST_ROWS })}</p>}
    </>
  );
}

function Line({ of, tried }: { readonly of: PastedLine; readonly tried: TryRow | undefined }) {
  const { line, masked, outcome, name, provider, note } = of;
  return (
    <tr>
      <td class="number">{formatNumber(line)}</td>
      <td>
        <code>{masked}</code>
        {name !== undefined && <div>{name}</div>}
        {provider !== undefined && <div class="small soft">{provider}</div>}
      </td>
      <td>
        <Badge tone={TONES[outcome]}>{t(`key_edit.outcomes.${outcome}`)}</Badge>
        {note !== undefined && <div>{outcome === "known" ? t("key_edit.add.known_from", { source: note }) : note}</div>}
        {tried !== undefined && <Tried row={tried} />}
      </td>
    </tr>
  );
}

/** What a test call met. */
export function Tried({ row }: { readonly row: Omit<TryRow, "line" | "id" | "masked" | "total"> }) {
  const { is_ok, latency_ms, status, reason, message, outcome } = row;
  if (is_ok) return <Badge tone="good">{t("key_edit.test.works", { time: formatDuration(latency_ms) })}</Badge>;
  const word = textOf(`key_edit.test_outcomes.${outcome}`) ?? outcome;
  const why = [status, reason].filter((part) => part !== undefined).join(" ");
  return (
    <>
      <Badge tone="bad">{word}</Badge>
      <div class="small">
        {why !== "" && <strong>{why}</strong>} {message}
      </div>
    </>
  );
}
