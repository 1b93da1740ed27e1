// Marks what is wrong at its place: underlined, and with a sign beside the line.
import { forEachDiagnostic, type Diagnostic as Mark, setDiagnostics } from "@codemirror/lint";
import { type EditorState, type Extension, RangeSet, type Text, type TransactionSpec } from "@codemirror/state";
import { GutterMarker, gutter } from "@codemirror/view";
import { t } from "../../texts/texts.ts";
import type { Diagnostic } from "../use-config-draft.ts";

/** Those that stand in the text, as the library has them. Places behind its end are at its end. */
export function problemsIn(doc: Text, diagnostics: readonly Diagnostic[]): readonly Mark[] {
  return diagnostics.flatMap(({ severity, message, line, column, end_line, end_column }) => {
    if (line === undefined) return [];
    const from = offsetOf(doc, line, column ?? 1);
    return [{ from, to: Math.max(from, offsetOf(doc, end_line ?? line, end_column ?? 1)), severity, message }];
  });
}

export function showProblems(state: EditorState, problems: readonly Mark[]): TransactionSpec {
  return setDiagnostics(state, problems);
}

/** One sign for each line, the worst of it. */
export function problemGutter(): Extension {
  return gutter({
    class: "cm-problems",
    markers: ({ state }) => {
      const worst = new Map<number, ProblemMarker>();
      forEachDiagnostic(state, ({ severity, message }, from) => {
        const start = state.doc.lineAt(from).from;
        if (worst.get(start)?.isError !== true) worst.set(start, new ProblemMarker(severity === "error", message));
      });
      return RangeSet.of(
        [...worst].map(([at, marker]) => marker.range(at)),
        true,
      );
    },
  });
}

class ProblemMarker extends GutterMarker {
  readonly isError: boolean;
  readonly #message: string;

  constructor(isError: boolean, message: string) {
    super();
    this.isError = isError;
    this.#message = message;
  }

  override eq(other: ProblemMarker): boolean {
    return other.isError === this.isError && other.#message === this.#message;
  }

  override toDOM(): HTMLElement {
    const sign = document.createElement("span");
    sign.className = this.isError ? "cm-problem cm-problem-error" : "cm-problem cm-problem-warning";
    sign.textContent = this.isError ? "■" : "▲";
    sign.title = `${t(this.isError ? "config.error" : "config.warning")}: ${this.#message}`;
    return sign;
  }
}

function offsetOf(doc: Text, line: number, column: number): number {
  if (line > doc.lines) return doc.length;
  const found = doc.line(line);
  return Math.min(found.from + column - 1, found.to);
}
