// The editor itself. It lives in a shadow root: there the library makes its styles without a style element, which the
// policy of the page forbids.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { Diagnostic } from "../use-config-draft.ts";
import { EDITOR_COLOURS, EDITOR_THEME } from "./editor-theme.ts";
import { editorWords } from "./editor-words.ts";
import { problemGutter, problemsIn, showProblems } from "./problem-marks.ts";
import { secretChips } from "./secret-chips.ts";

/** What holds an editor tells it what to show. */
export interface Editor {
  /** As if it was opened with it: nothing can be undone. */
  setText(text: string): void;
  setLabel(label: string): void;
  setReadOnly(isReadOnly: boolean): void;
  setDiagnostics(diagnostics: readonly Diagnostic[]): void;
  /** Puts the cursor there, counted from 1, and the focus with it. */
  reveal(line: number, column: number): void;
  destroy(): void;
}

export interface EditorOptions {
  readonly label: string;
  readonly text: string;
  readonly isReadOnly: boolean;
  readonly onChange: (text: string) => void;
}

/** Tab leaves the editor, as it leaves every other field. */
export function createEditor(host: HTMLElement, options: EditorOptions): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const label = new Compartment();
  const readOnly = new Compartment();
  const facts = { label: options.label, isReadOnly: options.isReadOnly };
  const stateOf = (doc: string) =>
    EditorState.create({
      doc,
      extensions: [
        EXTENSIONS,
        EditorState.phrases.of(editorWords()),
        label.of(labelled(facts.label)),
        readOnly.of(EditorState.readOnly.of(facts.isReadOnly)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
        }),
      ],
    });
  const view = new EditorView({ state: stateOf(options.text), parent: root, root });
  return {
    setText: (text) => {
      if (view.state.doc.toString() !== text) view.setState(stateOf(text));
    },
    setLabel: (text) => {
      facts.label = text;
      view.dispatch({ effects: label.reconfigure(labelled(text)) });
    },
    setReadOnly: (isReadOnly) => {
      facts.isReadOnly = isReadOnly;
      view.dispatch({ effects: readOnly.reconfigure(EditorState.readOnly.of(isReadOnly)) });
    },
    setDiagnostics: (diagnostics) => view.dispatch(showProblems(view.state, problemsIn(view.state.doc, diagnostics))),
    reveal: (line, column) => reveal(view, line, column),
    destroy: () => view.destroy(),
  };
}

const EXTENSIONS: Extension = [
  lineNumbers(),
  problemGutter(),
  highlightSpecialChars(),
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  search({ top: true }),
  keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
  yaml(),
  syntaxHighlighting(EDITOR_COLOURS),
  secretChips(),
  EditorView.lineWrapping,
  EDITOR_THEME,
];

function labelled(label: string): Extension {
  return EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" });
}

function reveal(view: EditorView, line: number, column: number): void {
  const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  const anchor = Math.min(found.from + column - 1, found.to);
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
  view.focus();
}
