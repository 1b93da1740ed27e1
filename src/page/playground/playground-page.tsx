// The page "playground": chats with any model through the daemon, and what became of each request.
import { useEffect } from "preact/hooks";
import { useObservable } from "../api/observable.ts";
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { ChatForm } from "./chat-form.tsx";
import { ChatSettingsForm } from "./chat-settings-form.tsx";
import { chatSession } from "./chat-store.ts";
import { Transcript } from "./transcript.tsx";

export function PlaygroundPage() {
  const { exchanges, settings, draft, isBusy } = useObservable(chatSession.state);
  useSettingsOfAddress();
  const startAnew =
    exchanges.length === 0 ? undefined : (
      <Button onClick={() => chatSession.clear()}>{t("playground.new_conversation")}</Button>
    );
  return (
    <PageFrame title={t("pages.playground")} actions={startAnew}>
      <div class="playground">
        <ChatSettingsForm settings={settings} onChange={(patch) => chatSession.change(patch)} />
        <div class="stack playground-chat">
          <Transcript exchanges={exchanges} settings={settings} isBusy={isBusy} session={chatSession} />
          <ChatForm draft={draft} settings={settings} isBusy={isBusy} session={chatSession} />
        </div>
      </div>
    </PageFrame>
  );
}

/** Other pages lead here with what they speak of. */
function useSettingsOfAddress(): void {
  const [query] = useQuery();
  const given = String(query);
  // `given` is all of the address that counts.
  useEffect(() => {
    const named = new URLSearchParams(given);
    const [provider, model, key] = [named.get("provider"), named.get("model"), named.get("key")];
    if (provider === null && model === null && key === null) return;
    chatSession.change({ provider: provider ?? "", model: model ?? "", key: key ?? "" });
  }, [given]);
}
