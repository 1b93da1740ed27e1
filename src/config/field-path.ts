// The way to one field of the configuration, and how messages write it.

import { nameForMessage } from "./name-for-message.ts";

/** Field names and list positions from the top, for example `["providers", 0, "base_url"]`. */
export type FieldPath = readonly (string | number)[];

/** `providers[0].base_url`; the key under which a path is remembered. */
export function pathText(path: FieldPath): string {
  return writePath(path, (name) => name);
}

/** As `pathText`, but names that could be secrets stand in angle brackets as their length. */
export function pathForMessage(path: FieldPath): string {
  return writePath(path, nameForMessage);
}

function writePath(path: FieldPath, write: (name: string) => string): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? write(step) : `.${write(step)}`;
  }
  return text;
}
