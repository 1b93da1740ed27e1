// Reads the type of an event from the beginning of its JSON, without parsing the rest.

/** The `type` of a JSON object whose first member it is; undefined where it is not. */
export function leadingType(data: string): string | undefined {
  return /^\s*\{\s*"type"\s*:\s*"([\w.-]+)"/.exec(data)?.[1];
}
