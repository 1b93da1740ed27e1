// Takes the parameters that are meant for this program out of a query; the other bytes stay as they were sent.

/** What is left begins with `?` or is empty. */
export interface TakenProvider {
  readonly provider: string | undefined;
  readonly query: string;
}

export interface TakenKey {
  /** Every `key` with a value, in order. */
  readonly keys: readonly string[];
  readonly query: string;
}

/** `?provider=P` names a provider; the first value counts, all are removed, an empty one is none. */
export function takeProviderParam(query: string): TakenProvider {
  const taken = takeParam(query, "provider");
  return { provider: taken.values[0], query: taken.query };
}

/** `?key=` is a client's credential (Google's SDKs send it so), and never goes upstream. */
export function takeQueryKey(query: string): TakenKey {
  const taken = takeParam(query, "key");
  return { keys: taken.values, query: taken.query };
}

function takeParam(given: string, name: string): { values: readonly string[]; query: string } {
  const query = given === "" || given.startsWith("?") ? given : `?${given}`;
  // Names may be percent-encoded, so that only a query with neither can be passed over.
  if (!query.includes(name) && !query.includes("%")) return { values: [], query };
  const parts = query.slice(1).split("&");
  const kept = parts.filter((part) => decodedName(part) !== name);
  if (kept.length === parts.length) return { values: [], query };
  const values = parts.filter((part) => decodedName(part) === name).map(decodedValue);
  return { values: values.filter((value) => value !== ""), query: kept.length === 0 ? "" : `?${kept.join("&")}` };
}

function decodedName(part: string): string {
  return decode(part.split("=", 1)[0] ?? "");
}

function decodedValue(part: string): string {
  const equals = part.indexOf("=");
  return equals < 0 ? "" : decode(part.slice(equals + 1));
}

/** WHATWG URL, application/x-www-form-urlencoded: `+` is a space; what is no valid encoding stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
