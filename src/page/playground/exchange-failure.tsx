// Why an answer failed, in its own words, and what can be done.
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t, textOf } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import type { ChatSession } from "./chat-session.ts";
import { type ChatSettings, type Exchange, refusesUsage, wantsOtherLimit } from "./conversation.ts";

export interface ExchangeFailureProps {
  readonly exchange: Exchange;
  readonly settings: ChatSettings;
  readonly isBusy: boolean;
  readonly session: ChatSession;
}

export function ExchangeFailure({ exchange, settings, isBusy, session }: ExchangeFailureProps) {
  const advice = adviceFor(exchange);
  const repeatWith = (patch: Partial<ChatSettings>) => {
    session.change(patch);
    void session.again(exchange);
  };
  return (
    <Notice kind="bad">
      <p>
        <strong>{headOf(exchange)}</strong>
      </p>
      <p class="chat-text">{messageOf(exchange)}</p>
      {advice !== undefined && <p>{advice}</p>}
      <div class="row">
        {wantsOtherLimit(exchange, settings) && (
          <Button isSmall disabled={isBusy} onClick={() => repeatWith({ limitField: "max_completion_tokens" })}>
            {t("playground.with_other_limit")}
          </Button>
        )}
        {refusesUsage(exchange, settings) && (
          <Button isSmall disabled={isBusy} onClick={() => repeatWith({ isUsageWanted: false })}>
            {t("playground.without_usage")}
          </Button>
        )}
        {exchange.failure === undefined && <ExplainLink exchange={exchange} settings={settings} />}
      </div>
    </Notice>
  );
}

/** Where the same question is answered by why. */
function ExplainLink({ exchange, settings: { provider } }: Pick<ExchangeFailureProps, "exchange" | "settings">) {
  const model = exchange.record?.model;
  const path = provider === "" ? model : `/v1/chat/completions?${new URLSearchParams({ provider })}`;
  if (path === undefined) return null;
  const query = { request: path, ...(provider !== "" && model !== undefined && { model }) };
  return (
    <Link class="button button-small" href={pagePath("explain", { query })}>
      {t("playground.explain")}
    </Link>
  );
}

/** Status and code, where an answer came. */
function headOf({ status, failure, record, answer: { error } }: Exchange): string {
  if (failure !== undefined) return t("ui.failed");
  const code = record?.error_code ?? error?.code ?? record?.outcome;
  const shown = [status === undefined ? "" : String(status), code ?? ""].filter((part) => part !== "").join(" ");
  return record?.end === "interrupted" ? `${shown} ${t("playground.interrupted")}`.trim() : shown;
}

function messageOf({ failure, answer: { error } }: Exchange): string {
  return failure ?? error?.message ?? t("playground.no_message");
}

/** By our own code, else by what the last attempt met, else by the status. */
function adviceFor({ failure, status, record }: Exchange): string | undefined {
  if (failure !== undefined) return undefined;
  const words = [record?.error_code, record?.outcome, status === undefined ? undefined : `status_${status}`];
  for (const word of words) {
    const advice = word === undefined ? undefined : textOf(`playground.advice.${word}`);
    if (advice !== undefined) return advice;
  }
  return undefined;
}
