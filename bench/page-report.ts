// What an open page costs, as a Markdown table.
import { table, UNKNOWN } from "./report-table.ts";
import type { PageFigures } from "./suites/page-suite.ts";

/** The share of one processor that the daemon takes, with an open page and without. */
export function pageReport(figures: readonly PageFigures[]): string {
  const rows = figures.map(({ load, alone, withPage }) => {
    const added = alone === undefined || withPage === undefined ? undefined : withPage - alone;
    return [load === 0 ? "at rest" : `${load} requests/s`, percent(alone), percent(withPage), percent(added)];
  });
  return table("One open page: share of a processor", ["", "without", "with it", "added"], rows);
}

function percent(share: number | undefined): string {
  return share === undefined ? UNKNOWN : `${(share * 100).toFixed(2)} %`;
}
