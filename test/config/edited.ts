// Edits a config text, by set where there is a value, else by unset.

import { type EditResult, editConfig } from "../../src/config/edit-config.ts";

export type Edited = Extract<EditResult, { readonly ok: true }>;

/** @throws with the message if the edit is refused. */
export function edited(text: string, path: string, value?: string): Edited {
  const result = edit(text, path, value);
  if (!result.ok) throw new Error(result.message);
  return result;
}

/** Why an edit is refused. @throws if it is not. */
export function refusal(text: string, path: string, value?: string): string {
  const result = edit(text, path, value);
  if (result.ok) throw new Error(`Expected no edit of ${path}`);
  return result.message;
}

function edit(text: string, path: string, value: string | undefined): EditResult {
  return editConfig(text, value === undefined ? { path, remove: true } : { path, value });
}
