// Where a question is written and sent, and its answer stopped.
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { TextArea } from "../ui/field.tsx";
import type { ChatSession } from "./chat-session.ts";
import { type ChatSettings, faultsOf } from "./conversation.ts";

export interface ChatFormProps {
  readonly draft: string;
  readonly settings: ChatSettings;
  readonly isBusy: boolean;
  readonly session: ChatSession;
}

export function ChatForm({ draft, settings, isBusy, session }: ChatFormProps) {
  const faults = faultsOf(settings);
  const maySend = !isBusy && draft.trim() !== "" && !faults.temperature && !faults.maxTokens;
  const send = () => {
    if (maySend) void session.send(draft);
  };
  const onKey = (event: KeyboardEvent) => {
    // Enter also chooses among the suggestions of an input method.
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    send();
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    send();
  };
  return (
    <form class="card playground-form" onSubmit={onSubmit} onKeyDown={onKey}>
      <TextArea
        label={t("playground.message")}
        hint={t("playground.message_hint")}
        rows={3}
        value={draft}
        onValue={(value) => session.write(value)}
      />
      <div class="row row-end">
        {isBusy && (
          <Button kind="danger" onClick={() => session.stop()}>
            {t("playground.stop")}
          </Button>
        )}
        <Button kind="primary" type="submit" disabled={!maySend}>
          {t("playground.send")}
        </Button>
      </div>
    </form>
  );
}
