// The editor of the config file, which is loaded when it is first shown.

import type { Ref } from "preact";
import { useEffect, useImperativeHandle, useRef, useState } from "preact/hooks";
import { useModule } from "../api/use-module.ts";
import { t } from "../texts/texts.ts";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { Skeleton } from "../ui/notice.tsx";
import type { Editor } from "./editor/create-editor.ts";
import type { Diagnostic } from "./use-config-draft.ts";

export interface EditorControls {
  /** Puts the cursor there, counted from 1. */
  reveal(line: number, column: number): void;
}

export interface YamlEditorProps {
  readonly ref?: Ref<EditorControls>;
  readonly label: string;
  /** Taken when `revision` is another one. */
  readonly text: string;
  readonly revision: number;
  readonly isReadOnly: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly onChange: (text: string) => void;
}

const loadEditor = () => import("./editor/create-editor.ts");

export function YamlEditor({ ref, label, text, revision, isReadOnly, diagnostics, onChange }: YamlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<Editor>();
  const { module, hasFailed, retry } = useModule(loadEditor);
  useEffect(() => {
    if (module === undefined || host.current === null) return;
    const made = module.createEditor(host.current, { label, text, isReadOnly, onChange });
    setEditor(made);
    return () => made.destroy();
    // What else changes is told to the editor that is there.
  }, [module]);
  useEffect(() => editor?.setText(text), [editor, revision]);
  useEffect(() => editor?.setLabel(label), [editor, label]);
  useEffect(() => editor?.setReadOnly(isReadOnly), [editor, isReadOnly]);
  useEffect(() => editor?.setDiagnostics(diagnostics), [editor, diagnostics, revision]);
  useImperativeHandle(ref ?? null, () => ({ reveal: (line, column) => editor?.reveal(line, column) }), [editor]);
  return (
    <div class="config-editor">
      {hasFailed && <FailureNotice text={t("config.editor_failed")} onRetry={retry} />}
      {editor === undefined && !hasFailed && <Skeleton label={t("ui.loading")} lines={12} />}
      <div ref={host} />
      <p class="soft small">{t("config.editor_hint")}</p>
    </div>
  );
}
