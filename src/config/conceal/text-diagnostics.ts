// Diagnostics of a config text with the stretch that each of them is about, in terms of the text that somebody edits.
import type { Diagnostic } from "../diagnostic.ts";
import { DiagnosticList } from "../diagnostic.ts";
import { readYaml } from "../read-yaml.ts";
import type { ParsedText } from "./conceal-text.ts";
import { placedScalars } from "./placed-scalars.ts";
import type { PlaceholderFault, Replaced } from "./put-back.ts";
import { writtenSpans } from "./secret-spans.ts";
import { type TextPosition, TextPositions } from "./text-positions.ts";

/** `start`: undefined where it is about nothing that stands in the text. */
export interface TextDiagnostic extends Pick<Diagnostic, "severity" | "path" | "message"> {
  readonly start: TextPosition | undefined;
  readonly end: TextPosition | undefined;
}

/** Why a text is no YAML. */
export function syntaxDiagnostics(text: string): readonly TextDiagnostic[] {
  const list = new DiagnosticList();
  readYaml(text, "", list);
  return located(list.sorted(), { edited: text, real: text, replaced: [], ends: new Map() });
}

/** Placeholders that cannot stay as they are. */
export function faultDiagnostics(text: string, faults: readonly PlaceholderFault[]): readonly TextDiagnostic[] {
  const lines = new TextPositions(text);
  return faults.map(({ start, end, message }) => ({
    severity: "error",
    path: "",
    message,
    start: lines.of(start),
    end: lines.of(end),
  }));
}

export interface TextPair {
  /** The text with placeholders. */
  readonly edited: ParsedText;
  /** The text with secrets, to which the diagnostics belong. */
  readonly real: string;
  readonly replaced: readonly Replaced[];
}

/** From the name of a field or the begin of an item to the end of it, or of the line. */
export function inText(diagnostics: readonly Diagnostic[], pair: TextPair): readonly TextDiagnostic[] {
  const { text, document } = pair.edited;
  const written = writtenSpans(placedScalars(document) ?? []);
  const ends = new Map(written.map(({ start, end }) => [start, start + text.slice(start, end).trimEnd().length]));
  return located(diagnostics, { ...pair, edited: text, ends });
}

interface Texts {
  readonly edited: string;
  readonly real: string;
  readonly replaced: readonly Replaced[];
  /** Where scalars end that begin at an offset of the edited text. */
  readonly ends: ReadonlyMap<number, number>;
}

function located(diagnostics: readonly Diagnostic[], texts: Texts): readonly TextDiagnostic[] {
  const real = new TextPositions(texts.real);
  const lines = new TextPositions(texts.edited);
  return diagnostics.map(({ severity, path, message, source }) => {
    if (source?.kind !== "file") return { severity, path, message, start: undefined, end: undefined };
    const start = editedOffset(real.offsetOf(source), texts.replaced);
    const end = texts.ends.get(start) ?? lines.lineEnd(start);
    return { severity, path, message, start: lines.of(start), end: lines.of(Math.max(start, end)) };
  });
}

/** Whatever is inside a secret is at its placeholder. */
function editedOffset(offset: number, replaced: readonly Replaced[]): number {
  let shift = 0;
  for (const { edited, real } of replaced) {
    if (offset < real.start) break;
    if (offset < real.end) return edited.start;
    shift = edited.end - real.end;
  }
  return offset + shift;
}
