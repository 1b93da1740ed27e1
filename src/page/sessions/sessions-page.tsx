// The page "sessions": the browsers that are logged in, and their end.
import { useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { useOperation } from "../api/use-operation.ts";
import type { Topic } from "../live/use-topics.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Button } from "../ui/button.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { EndSessionsDialog, type Question } from "./end-sessions-dialog.tsx";
import { SessionCard, type SessionRow } from "./session-card.tsx";

const TOPICS: readonly Topic[] = ["sessions"];
const LOGIN = "/admin";

export function SessionsPage() {
  const asked = useOperation("sessions.list", {}, { topics: TOPICS });
  const [question, setQuestion] = useState<Question>();
  const { run, isBusy } = useAction();
  const sessions = asked.data?.sessions ?? [];
  const others = sessions.filter(({ current }) => current !== true);
  const end = async (meant: Question) => {
    const isDone = await run(() => endSessions(meant, others));
    setQuestion(undefined);
    // The document that is shown has a session no more.
    if (isDone && isOwn(meant)) location.assign(LOGIN);
    else asked.refresh();
  };
  const actions = (
    <>
      <Button disabled={others.length === 0} onClick={() => setQuestion({ kind: "others" })}>
        {t("sessions.end_others")}
      </Button>
      <Button kind="danger" disabled={sessions.length === 0} onClick={() => setQuestion({ kind: "all" })}>
        {t("sessions.end_all")}
      </Button>
    </>
  );
  const close = () => setQuestion(undefined);
  return (
    <PageFrame title={t("pages.sessions")} actions={actions}>
      <p class="soft">{t("sessions.about")}</p>
      <AskedView asked={asked} lines={6}>
        {(data) => <SessionList sessions={data.sessions} onEnd={(session) => setQuestion({ kind: "one", session })} />}
      </AskedView>
      {question !== undefined && (
        <EndSessionsDialog question={question} isBusy={isBusy} onConfirm={() => void end(question)} onClose={close} />
      )}
    </PageFrame>
  );
}

interface SessionListProps {
  readonly sessions: readonly SessionRow[];
  readonly onEnd: (session: SessionRow) => void;
}

function SessionList({ sessions, onEnd }: SessionListProps) {
  return (
    <ul class="items">
      {sessions.map((session) => (
        <li key={session.id}>
          <SessionCard session={session} onEnd={() => onEnd(session)} />
        </li>
      ))}
    </ul>
  );
}

function isOwn(question: Question): boolean {
  return question.kind === "all" || (question.kind === "one" && question.session.current === true);
}

async function endSessions(question: Question, others: readonly SessionRow[]): Promise<string> {
  const meant = question.kind === "one" ? [question.session] : others;
  const input = question.kind === "all" ? { all: true } : { sessions: meant.map(({ id }) => id) };
  const { revoked } = await callOperation("sessions.revoke", input);
  return t("sessions.ended", { count: revoked.length });
}
