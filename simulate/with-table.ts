// Puts the table into its page of the documentation.

/** Where the table stands, from the root of the project. */
export const PAGE = "docs/simulation.md";

const BEGIN = "<!-- simulate -->";
const END = "<!-- /simulate -->";

/** The page with the table between its marks. @throws Error if they are not there. */
export function withTable(page: string, table: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`Cannot write ${PAGE}: it has no ${BEGIN} before ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
}
