// Names that clients choose freely, as records and logs have them.

/** Real ones are far shorter. */
const MOST_CHARS = 256;

/** The name, cut where nobody's is so long. */
export function shownName<Text extends string | undefined>(name: Text): Text {
  if (name === undefined || name.length <= MOST_CHARS) return name;
  // Not to end in half of a surrogate pair.
  return name.slice(0, MOST_CHARS).replace(/[\uD800-\uDBFF]$/, "") as Text;
}
