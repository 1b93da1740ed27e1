// Rows on their way between threads: texts as lines, so that they can be redacted as text, numbers as they are.

/**
 * `texts`: a JSON array of strings for each row, one a line, an empty string for none. `numbers`: as many for each row
 * as it has, NaN for none; they are beside the texts so that redaction cannot take one for a secret.
 */
export interface PackedRows {
  readonly texts: string;
  readonly numbers: Float64Array;
}

export interface PackedRow {
  readonly texts: readonly (string | null)[];
  readonly numbers: readonly (number | null)[];
}

/** How many texts and numbers each row has. */
export interface RowShape {
  readonly texts: number;
  readonly numbers: number;
}

export const NO_ROWS: PackedRows = { texts: "", numbers: new Float64Array() };

/**
 * The rows in their order. A line that is not one of such texts is undefined: a secret with quotes and commas in it may
 * stand for the end of one text and the begin of the next, and takes its row with it.
 */
export function* unpackRows({ texts, numbers }: PackedRows, shape: RowShape): Generator<PackedRow | undefined> {
  if (texts === "") return;
  let at = 0;
  for (const line of texts.split("\n")) {
    const own = numbers.subarray(at, at + shape.numbers);
    at += shape.numbers;
    const parsed = textsOf(line, shape.texts);
    yield parsed && { texts: parsed, numbers: Array.from(own, (number) => (Number.isNaN(number) ? null : number)) };
  }
}

function textsOf(line: string, count: number): readonly (string | null)[] | undefined {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(values) || values.length !== count) return undefined;
  return values.map((value) => (typeof value === "string" && value !== "" ? value : null));
}
