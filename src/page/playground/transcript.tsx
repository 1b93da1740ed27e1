// What was asked and answered, oldest first.
import { useEffect, useRef } from "preact/hooks";
import { t } from "../texts/texts.ts";
import { Empty } from "../ui/notice.tsx";
import type { ChatSession } from "./chat-session.ts";
import type { ChatSettings, Exchange } from "./conversation.ts";
import { ExchangeView } from "./exchange-view.tsx";

export interface TranscriptProps {
  readonly exchanges: readonly Exchange[];
  readonly settings: ChatSettings;
  readonly isBusy: boolean;
  readonly session: ChatSession;
}

export function Transcript({ exchanges, settings, isBusy, session }: TranscriptProps) {
  useEndInView(exchanges, isBusy);
  if (exchanges.length === 0)
    return (
      <div class="card">
        <Empty title={t("playground.empty")}>
          <p>{t("playground.empty_hint")}</p>
        </Empty>
      </div>
    );
  return (
    <section aria-label={t("playground.conversation")}>
      <ol class="chat">
        {exchanges.map((exchange) => (
          <li key={exchange.id}>
            <ExchangeView exchange={exchange} settings={settings} isBusy={isBusy} session={session} />
          </li>
        ))}
      </ol>
      <p class="unseen" role="status">
        {announcement(exchanges.at(-1))}
      </p>
    </section>
  );
}

/** Each state once: whoever hears the page is not told of every word that comes. */
function announcement(exchange: Exchange | undefined): string {
  return exchange === undefined ? "" : t(`playground.said.${exchange.state}`);
}

/** Of the end of the document, as far as who follows it may be. */
const NEAR_PX = 160;

/** Whoever reads further up is left there. */
function useEndInView(exchanges: readonly Exchange[], isBusy: boolean): void {
  const isFollowed = useRef(true);
  useEffect(() => {
    const look = () => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      isFollowed.current = scrollHeight - clientHeight - scrollTop < NEAR_PX;
    };
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  // A new question is followed in any case.
  useEffect(() => {
    if (exchanges.length > 0) isFollowed.current = true;
  }, [exchanges.length]);
  useEffect(() => {
    if (isBusy && isFollowed.current) scrollTo({ top: document.documentElement.scrollHeight });
  }, [exchanges, isBusy]);
}
