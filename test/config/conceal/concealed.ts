// Conceals the text of a config file and puts its secrets back, as an edit in a browser does.
import {
  type ConcealedText,
  concealText,
  type ParsedText,
  parseYaml,
} from "../../../src/config/conceal/conceal-text.ts";
import { type PutBack, putBack } from "../../../src/config/conceal/put-back.ts";
import { Redactor } from "../../../src/core/redaction.ts";

const KEY = "placeholders of this test";

/** @throws where the text cannot be shown. */
export function concealed(text: string, known: readonly string[] = []): ConcealedText {
  const found = concealText(text, optionsWith(known));
  if (found === undefined) throw new Error("It cannot be concealed");
  return found;
}

/** What comes of an edit of the concealed text. */
export function edited(text: string, edit: (shown: string) => string): PutBack {
  const { text: shown, held } = concealed(text);
  return putBack(parsed(edit(shown)), (id) => held.get(id), optionsWith([]));
}

/** @throws where it is no YAML. */
export function parsed(text: string): ParsedText {
  const document = parseYaml(text);
  if (document === undefined) throw new Error("It is no YAML");
  return { text, document };
}

/** @throws where the edit is refused. */
export function textAfter(text: string, edit: (shown: string) => string): string {
  const result = edited(text, edit);
  if (!result.ok) throw new Error(`It was refused: ${result.faults.map(({ message }) => message).join("; ")}`);
  return result.text;
}

/** The line of each fault and what it says. @throws where there is none. */
export function faultsAfter(text: string, edit: (shown: string) => string): readonly string[] {
  const { text: shown } = concealed(text);
  const result = edited(text, edit);
  if (result.ok) throw new Error("It was not refused");
  const after = edit(shown);
  return result.faults.map(({ start, message }) => `${after.slice(0, start).split("\n").length} ${message}`);
}

function optionsWith(known: readonly string[]) {
  const redactor = new Redactor();
  redactor.addSecrets(known);
  return { redactor, key: KEY };
}
