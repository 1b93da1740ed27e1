// The config file: edited with what the daemon says of it, looked at once more, and saved.
import { useRef, useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Empty } from "../ui/notice.tsx";
import { ConflictNotice, FileNotices, SavedNotice, type SaveResult } from "./file-notices.tsx";
import { FileToolbar, PreviousButton } from "./file-toolbar.tsx";
import { ProblemList } from "./problem-list.tsx";
import { ReviewDialog } from "./review-dialog.tsx";
import { type ConfigDraft, type ConfigText, type Diagnostic, useConfigDraft } from "./use-config-draft.ts";
import { useUnsavedGuard } from "./use-unsaved-guard.ts";
import { type EditorControls, YamlEditor } from "./yaml-editor.tsx";

export function ConfigFile() {
  const draft = useConfigDraft();
  useUnsavedGuard(draft.isDirty);
  return (
    <AskedView asked={draft.asked} lines={12}>
      {(data) =>
        draft.base === undefined ? <NoText data={data} draft={draft} /> : <Editing draft={draft} base={draft.base} />
      }
    </AskedView>
  );
}

interface NoTextProps {
  readonly data: ConfigText;
  readonly draft: ConfigDraft;
}

/** Nothing to edit: the daemon says why, and what to do. */
function NoText({ data, draft }: NoTextProps) {
  const { file, fault, diagnostics, read_only } = data;
  // While the text is on its way into the editor there is nothing to say.
  if (fault === undefined) return null;
  return (
    <Empty title={file === undefined ? t("config.no_file") : t("config.not_shown")}>
      <p>{fault}</p>
      <ProblemList diagnostics={diagnostics} />
      {read_only === undefined && <PreviousButton draft={draft} data={data} />}
    </Empty>
  );
}

interface EditingProps {
  readonly draft: ConfigDraft;
  readonly base: NonNullable<ConfigDraft["base"]>;
}

function Editing({ draft, base }: EditingProps) {
  const { check, newer, isDirty } = draft;
  const controls = useRef<EditorControls>(null);
  const [isReviewed, setReviewed] = useState(false);
  const { saved, forget, isBusy, save } = useSave(draft, base, () => setReviewed(false));
  const show = (problem: Diagnostic) => controls.current?.reveal(problem.line ?? 1, problem.column ?? 1);
  const review = { before: base.text, after: draft.text, isBusy, onSave: save, onClose: () => setReviewed(false) };
  return (
    <>
      <FileNotices base={base} isDirty={isDirty} />
      {saved !== undefined && saved.outcome !== "conflict" && <SavedNotice result={saved} onClose={forget} />}
      {newer !== undefined && <ConflictNotice draft={draft} base={base} newer={newer} />}
      <FileToolbar draft={draft} base={base} onReview={() => setReviewed(true)} />
      <YamlEditor
        ref={controls}
        label={t("config.editor_label", { file: base.file ?? "" })}
        text={draft.text}
        revision={draft.revision}
        isReadOnly={base.read_only !== undefined}
        diagnostics={check?.diagnostics ?? NONE}
        onChange={draft.edit}
      />
      <section class="stack" aria-label={t("config.problems")}>
        <h2>{t("config.problems")}</h2>
        {draft.checkFailure !== undefined && <p role="alert">{draft.checkFailure.message}</p>}
        <ProblemList diagnostics={check?.diagnostics} onShow={show} />
      </section>
      {isReviewed && check !== undefined && <ReviewDialog {...review} check={check} />}
    </>
  );
}

/** `saved`: what became of the last one, until it is forgotten. */
function useSave(draft: ConfigDraft, base: EditingProps["base"], onAnswer: () => void) {
  const [saved, setSaved] = useState<SaveResult>();
  const action = useAction();
  const save = () =>
    action.run(async () => {
      const result = await callOperation("config.save", { text: draft.text, version: base.version });
      setSaved(result);
      onAnswer();
      if (result.outcome === "saved") draft.replace(draft.text, { ...base, text: draft.text, version: result.version });
      draft.asked.refresh();
      return result.outcome === "saved" ? t("config.saved") : undefined;
    });
  return { saved, forget: () => setSaved(undefined), isBusy: action.isBusy, save };
}

const NONE: readonly Diagnostic[] = [];
