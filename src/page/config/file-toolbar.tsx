// What can be done with the file, and whether what is typed is sound.
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import type { BaseText, ConfigDraft, ConfigText } from "./use-config-draft.ts";

export interface FileToolbarProps {
  readonly draft: ConfigDraft;
  readonly base: BaseText;
  readonly onReview: () => void;
}

export function FileToolbar({ draft, base, onReview }: FileToolbarProps) {
  const { check, isDirty, newer } = draft;
  const isReadOnly = base.read_only !== undefined;
  const canSave = isDirty && check?.ok === true && newer === undefined && !isReadOnly;
  return (
    <div class="config-bar">
      <span class="mono config-path">{base.file}</span>
      <DraftBadge draft={draft} />
      <div class="row">
        <ReloadButton onDone={draft.asked.refresh} />
        {!isReadOnly && <PreviousButton draft={draft} data={base} />}
        <Button disabled={!isDirty} onClick={() => draft.replace(base.text)}>
          {t("config.discard")}
        </Button>
        <Button kind="primary" disabled={!canSave} onClick={onReview}>
          {t("config.review")}
        </Button>
      </div>
    </div>
  );
}

/** Has the daemon read the file, and what it refers to, anew. */
function ReloadButton({ onDone }: { readonly onDone: () => void }) {
  const action = useAction();
  const reload = () =>
    action.run(async () => {
      const { ok, changes, diagnostics } = await callOperation("reload", {});
      onDone();
      if (!ok) throw new Error(`${t("config.reload_refused")}: ${diagnostics.join("; ")}`);
      return changes.length === 0 ? t("config.reloaded_same") : t("config.reloaded");
    });
  return (
    <Button isBusy={action.isBusy} onClick={reload}>
      {t("config.reload")}
    </Button>
  );
}

interface PreviousButtonProps {
  readonly draft: ConfigDraft;
  readonly data: ConfigText;
}

/** Puts the version before into the editor, to be looked at and saved like any other edit. */
export function PreviousButton({ draft, data }: PreviousButtonProps) {
  const action = useAction();
  if (!data.has_previous) return null;
  const bringBack = () =>
    action.run(async () => {
      const { text, version, fault } = await callOperation("config.text", { previous: true });
      if (text === undefined || version === undefined) throw new Error(fault);
      // Of a file that is not shown it replaces everything.
      draft.replace(text, data.text === undefined ? { ...data, text: "", version } : undefined);
      return t("config.previous_shown");
    });
  return (
    <Button isBusy={action.isBusy} onClick={bringBack}>
      {t("config.previous")}
    </Button>
  );
}

function DraftBadge({ draft: { check, isDirty } }: Pick<FileToolbarProps, "draft">) {
  const [tone, text] = stateOf(check, isDirty);
  return (
    <span role="status">
      <Badge tone={tone}>{text}</Badge>
    </span>
  );
}

function stateOf(check: ConfigDraft["check"], isDirty: boolean): readonly [Tone, string] {
  if (check === undefined) return ["idle", t("config.checking")];
  const errors = check.diagnostics.filter(({ severity }) => severity === "error").length;
  if (errors > 0) return ["bad", t("config.errors", { count: errors })];
  return isDirty ? ["info", t("config.unsaved")] : ["good", t("config.sound")];
}
