// What must be known of the file: that it is read-only, that what runs is something else, that somebody else changed it.
import { useState } from "preact/hooks";
import type { OutputOf } from "../../admin/operation-table.ts";
import { type TextKey, t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { DiffView } from "./diff-view.tsx";
import type { BaseText, ConfigDraft } from "./use-config-draft.ts";

export type SaveResult = OutputOf<"config.save">;

interface FileNoticesProps {
  readonly base: BaseText;
  readonly isDirty: boolean;
}

export function FileNotices({ base: { read_only, changes, ok }, isDirty }: FileNoticesProps) {
  return (
    <>
      {read_only !== undefined && <Notice>{t("config.read_only", { reason: read_only })}</Notice>}
      {!isDirty && !ok && <Notice kind="bad">{t("config.disk_wrong")}</Notice>}
      {!isDirty && changes.length > 0 && (
        <Notice kind="warn">
          <p>{t("config.differs")}</p>
          <TextList texts={changes} />
        </Notice>
      )}
    </>
  );
}

const REFUSALS = {
  conflict: "config.conflict",
  invalid: "config.refused_invalid",
  read_only: "config.refused_read_only",
  unchanged: "config.refused_unchanged",
} as const satisfies Readonly<Record<string, TextKey>>;

/** What became of a save. */
export function SavedNotice({ result, onClose }: { readonly result: SaveResult; readonly onClose: () => void }) {
  const { outcome, reload, at_start, diagnostics, read_only = "" } = result;
  if (outcome !== "saved") return <Notice kind="bad">{t(REFUSALS[outcome], { reason: read_only })}</Notice>;
  const warnings = diagnostics.map(({ line, message }) => (line === undefined ? message : `${line}: ${message}`));
  return (
    <Notice kind={reload?.ok === false ? "warn" : "good"}>
      <p>{reload?.ok === false ? t("config.saved_not_taken") : t("config.saved_taken")}</p>
      <TextList texts={reload?.ok === false ? reload.diagnostics : (reload?.changes ?? [])} />
      {at_start.length > 0 && <p>{t("config.at_start", { fields: at_start.join(", ") })}</p>}
      {warnings.length > 0 && <p>{t("config.saved_warnings", { count: warnings.length })}</p>}
      <div>
        <Button isSmall onClick={onClose}>
          {t("ui.close")}
        </Button>
      </div>
    </Notice>
  );
}

interface ConflictNoticeProps {
  readonly draft: ConfigDraft;
  readonly base: BaseText;
  readonly newer: BaseText;
}

/** Somebody else changed the file: nothing is lost, and the user chooses. */
export function ConflictNotice({ draft, base, newer }: ConflictNoticeProps) {
  const [isShown, setShown] = useState(false);
  return (
    <Notice kind="bad">
      <p>{t("config.conflict")}</p>
      <div class="row">
        <Button isSmall aria-expanded={isShown} onClick={() => setShown(!isShown)}>
          {t("config.conflict_show")}
        </Button>
        <Button isSmall onClick={draft.rebase}>
          {t("config.conflict_keep")}
        </Button>
        <Button isSmall kind="danger" onClick={() => draft.replace(newer.text, newer)}>
          {t("config.conflict_take")}
        </Button>
      </div>
      {isShown && <DiffView before={base.text} after={newer.text} label={t("config.conflict_show")} />}
    </Notice>
  );
}

export function TextList({ texts }: { readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <ul class="config-list">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}
