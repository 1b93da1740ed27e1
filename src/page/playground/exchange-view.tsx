// One question with its answer, what it took, and what went wrong.
import { type TextKey, t } from "../texts/texts.ts";
import { type Tone, WordBadge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import type { ChatSession } from "./chat-session.ts";
import type { ChatSettings, Exchange } from "./conversation.ts";
import { ExchangeFacts } from "./exchange-facts.tsx";
import { ExchangeFailure } from "./exchange-failure.tsx";

export interface ExchangeViewProps {
  readonly exchange: Exchange;
  readonly settings: ChatSettings;
  readonly isBusy: boolean;
  readonly session: ChatSession;
}

const TONES: Readonly<Record<Exchange["state"], Tone>> = {
  waiting: "info",
  answering: "info",
  done: "good",
  stopped: "idle",
  failed: "bad",
};

const MARKS = {
  waiting: "playground.state.waiting",
  answering: "playground.state.answering",
  done: "playground.state.done",
  stopped: "playground.state.stopped",
  failed: "playground.state.failed",
} as const satisfies Readonly<Record<Exchange["state"], TextKey>>;

export function ExchangeView({ exchange, settings, isBusy, session }: ExchangeViewProps) {
  const { question, state } = exchange;
  const mayRepeat = !isBusy && (state === "stopped" || state === "failed");
  return (
    <div class="chat-exchange">
      <article class="chat-question" aria-label={t("playground.question")}>
        <p class="chat-text">{question}</p>
      </article>
      <article class="card chat-answer" aria-label={t("playground.answer")} aria-busy={isOpen(exchange)}>
        <div class="card-head">
          <WordBadge tone={TONES[state]} text={MARKS[state]} />
          <div class="row">
            {exchange.answer.text !== "" && <CopyButton text={exchange.answer.text} />}
            {mayRepeat && (
              <Button isSmall onClick={() => void session.again(exchange)}>
                {t("ui.retry")}
              </Button>
            )}
          </div>
        </div>
        <AnswerText exchange={exchange} />
        {state === "failed" && (
          <ExchangeFailure exchange={exchange} settings={settings} isBusy={isBusy} session={session} />
        )}
        <ExchangeFacts exchange={exchange} />
      </article>
    </div>
  );
}

function isOpen({ state }: Exchange): boolean {
  return state === "waiting" || state === "answering";
}

function AnswerText({ exchange: { answer, state } }: { readonly exchange: Exchange }) {
  const { text, reasoning, finishReason } = answer;
  return (
    <>
      {reasoning !== "" && (
        <details>
          <summary>{t("playground.reasoning")}</summary>
          <p class="chat-text soft">{reasoning}</p>
        </details>
      )}
      {text !== "" && (
        <p class="chat-text" data-testid="answer">
          {text}
        </p>
      )}
      {state === "done" && text === "" && <p class="soft">{t("playground.no_text")}</p>}
      {state === "done" && finishReason === "length" && <p class="soft">{t("playground.cut_by_limit")}</p>}
    </>
  );
}
