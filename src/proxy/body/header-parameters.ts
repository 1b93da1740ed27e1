// Reads the parameters of a header value (RFC 9110, 5.6.6; RFC 2183 for the parts of forms).

/** A value in quotes may hold anything, `\` before what would end it. */
const PARAMETER = /\s*;\s*(?:([^\s;="]+)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s;"]*)))?/y;

/**
 * What stands behind the first `;` of `value`, names in lower case, quotes taken off, `\` left as it is. Undefined where
 * two readers could differ: a name stands twice, or the text follows no grammar.
 */
export function parametersOf(value: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  PARAMETER.lastIndex = Math.max(0, value.indexOf(";"));
  let end = value.includes(";") ? PARAMETER.lastIndex : value.length;
  for (let match = PARAMETER.exec(value); match !== null; match = PARAMETER.exec(value)) {
    end = PARAMETER.lastIndex;
    const name = match[1]?.toLowerCase();
    if (name === undefined) continue;
    if (found.has(name)) return undefined;
    found.set(name, match[2] ?? match[3] ?? "");
  }
  return value.slice(end).trim() === "" ? found : undefined;
}
