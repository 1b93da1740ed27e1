// What request records cost, as a Markdown table.
import { micros, ms, table, whole } from "./report-table.ts";
import type { RecordingName, RecordsFigures } from "./suites/records-suite.ts";

type Row = readonly [title: string, value: (figures: RecordsFigures) => string];

const RECORDING_TITLES: Readonly<Record<RecordingName, string>> = {
  off: "none",
  default: "200 a second, all counted",
  all: "each request",
};

/** What records cost, as the difference to the same daemon without them. */
export function recordsReport(figures: readonly RecordsFigures[]): string {
  const off = figures.find(({ recording }) => recording === "off")?.cpuMicros;
  const added = ({ cpuMicros }: RecordsFigures) =>
    cpuMicros === undefined || off === undefined ? undefined : cpuMicros - off;
  const rows: readonly Row[] = [
    ["requests/s", ({ perSecond }) => whole(perSecond)],
    ["p99", ({ p99Ms }) => ms(p99Ms)],
    ["processor time of an answer, all threads", ({ cpuMicros }) => micros(cpuMicros)],
    ["added by records", (one) => micros(added(one))],
  ];
  const head = ["", ...figures.map(({ recording }) => RECORDING_TITLES[recording])];
  return table(
    "Request records",
    head,
    rows.map(([title, value]) => [title, ...figures.map(value)]),
  );
}
