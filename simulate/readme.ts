// Puts the table into the README.

const BEGIN = "<!-- simulate -->";
const END = "<!-- /simulate -->";

/** The text with the table between its marks. @throws if they are not there. */
export function withTable(readme: string, table: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`Cannot write the README: it has no ${BEGIN} before ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${readme.slice(end)}`;
}
