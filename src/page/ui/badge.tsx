// A state in a word, a colour and a sign: never by the colour alone.
import { type TextKey, t, textOf } from "../texts/texts.ts";

export type Tone = "good" | "warn" | "bad" | "info" | "idle";

const SIGNS: Readonly<Record<Tone, string>> = { good: "●", warn: "▲", bad: "■", info: "◆", idle: "○" };

const TONES: Readonly<Record<string, Tone>> = {
  ready: "good",
  up: "good",
  half_open: "info",
  suspect: "warn",
  cooling: "warn",
  exhausted: "bad",
  blocked: "warn",
  invalid: "bad",
  open: "bad",
  out: "bad",
  no_key: "bad",
  no_usable_key: "bad",
  disabled: "idle",
  unused: "idle",
  off: "idle",
};

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span class={`badge badge-${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span>
      {children}
    </span>
  );
}

/** Of a key, a provider, a proxy or a part of one, by the word of the control API. */
export function StateBadge({ state }: { readonly state: string }) {
  return <Badge tone={TONES[state] ?? "idle"}>{textOf(`states.${state}`) ?? state}</Badge>;
}

/** A text of ours, for words that are no states. */
export function WordBadge({ tone, text }: { readonly tone: Tone; readonly text: TextKey }) {
  return <Badge tone={tone}>{t(text)}</Badge>;
}
