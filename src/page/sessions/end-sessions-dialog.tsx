// Asks before sessions are ended.
import { t } from "../texts/texts.ts";
import { Confirm } from "../ui/dialog.tsx";
import { browserOf } from "./browser-of.ts";
import type { SessionRow } from "./session-card.tsx";

/** Which sessions are meant; `others`: all but that of this browser. */
export type Question = { readonly kind: "one"; readonly session: SessionRow } | { readonly kind: "others" | "all" };

export interface EndSessionsDialogProps {
  readonly question: Question;
  readonly isBusy: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function EndSessionsDialog({ question, ...rest }: EndSessionsDialogProps) {
  return (
    <Confirm title={t("sessions.end_title")} action={t("sessions.end")} {...rest}>
      <p>{textOf(question)}</p>
    </Confirm>
  );
}

function textOf(question: Question): string {
  switch (question.kind) {
    case "others":
      return t("sessions.ask_others");
    case "all":
      return t("sessions.ask_all");
    case "one": {
      const { agent, address, current } = question.session;
      if (current === true) return t("sessions.ask_own");
      return t("sessions.ask_one", { browser: browserOf(agent) ?? t("sessions.unknown"), address });
    }
    default:
      return question satisfies never;
  }
}
