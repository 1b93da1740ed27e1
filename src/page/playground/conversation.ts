// A conversation with a model: what was asked and answered, and what of it is sent with the next question.
import type { InputOf, OutputOf } from "../../admin/operation-table.ts";
import type { ReadAnswer } from "./answer-reader.ts";

export type ChatInput = InputOf<"chat">;
export type ChatRecord = NonNullable<OutputOf<"chat">["record"]>;

/** `waiting`: nothing has come yet. */
export type ExchangeState = "waiting" | "answering" | "done" | "stopped" | "failed";

/** One question with its answer. Times are milliseconds from its begin. */
export interface Exchange {
  readonly id: number;
  readonly question: string;
  readonly state: ExchangeState;
  readonly answer: ReadAnswer;
  readonly requestId: string | undefined;
  readonly status: number | undefined;
  readonly firstTokenMs: number | undefined;
  readonly record: ChatRecord | undefined;
  /** Why the daemon did not even try, or could not be reached. */
  readonly failure: string | undefined;
}

/** What is asked for, as the fields of the page hold it. */
export interface ChatSettings {
  readonly provider: string;
  readonly model: string;
  readonly key: string;
  readonly system: string;
  readonly temperature: string;
  readonly maxTokens: string;
  readonly limitField: "max_tokens" | "max_completion_tokens";
  readonly isStream: boolean;
  readonly isUsageWanted: boolean;
}

export const DEFAULTS: ChatSettings = {
  provider: "",
  model: "",
  key: "",
  system: "",
  temperature: "",
  maxTokens: "",
  limitField: "max_tokens",
  isStream: true,
  isUsageWanted: true,
};

const NO_ANSWER: ReadAnswer = { text: "", reasoning: "", finishReason: undefined, error: undefined };

export function beginExchange(id: number, question: string): Exchange {
  return {
    id,
    question,
    state: "waiting",
    answer: NO_ANSWER,
    requestId: undefined,
    status: undefined,
    firstTokenMs: undefined,
    record: undefined,
    failure: undefined,
  };
}

/** What is sent: of earlier exchanges those that have an answer, also where it was stopped. */
export function inputOf(settings: ChatSettings, before: readonly Exchange[], question: string): ChatInput {
  const { provider, model, key, system, temperature, maxTokens, limitField, isStream, isUsageWanted } = settings;
  const said = before.filter(({ state, answer }) => (state === "done" || state === "stopped") && answer.text !== "");
  return {
    messages: [
      ...(system.trim() === "" ? [] : [{ role: "system" as const, content: system }]),
      ...said.flatMap((exchange) => [
        { role: "user" as const, content: exchange.question },
        { role: "assistant" as const, content: exchange.answer.text },
      ]),
      { role: "user", content: question },
    ],
    ...(provider !== "" && { provider }),
    ...(model.trim() !== "" && { model: model.trim() }),
    ...(key.trim() !== "" && { key: key.trim() }),
    ...(temperature.trim() !== "" && { temperature: Number(temperature) }),
    ...(maxTokens.trim() !== "" && { [limitField]: Number(maxTokens) }),
    stream: isStream,
    usage: isUsageWanted,
  };
}

/** Which fields hold what cannot be sent. */
export function faultsOf({ temperature, maxTokens }: Pick<ChatSettings, "temperature" | "maxTokens">) {
  const degrees = Number(temperature);
  const most = Number(maxTokens);
  return {
    temperature: temperature.trim() !== "" && !(degrees >= 0 && degrees <= 2),
    maxTokens: maxTokens.trim() !== "" && !(Number.isSafeInteger(most) && most >= 1),
  };
}

/** Who is asked refuses the usual name of the limit, and takes the other. */
export function wantsOtherLimit({ answer: { error } }: Exchange, { limitField, maxTokens }: ChatSettings): boolean {
  const other = "max_completion_tokens";
  return maxTokens.trim() !== "" && limitField !== other && error?.message.includes(other) === true;
}

/** Who is asked does not know how to be asked for usage. */
export function refusesUsage({ answer: { error } }: Exchange, { isUsageWanted, isStream }: ChatSettings): boolean {
  return isStream && isUsageWanted && /stream_options|include_usage/.test(error?.message ?? "");
}
