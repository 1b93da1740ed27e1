// The client tokens one below the other, found by a word where there are many.
import { useState } from "preact/hooks";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { TokenCard } from "./token-card.tsx";
import type { TokenAct, TokenRow } from "./token-row.ts";

/** Drawn at first, and with each press of the button more. */
const STEP = 50;
/** Fewer are seen at one look. */
const MANY = 8;

export interface TokenListProps {
  readonly tokens: readonly TokenRow[];
  readonly onAct: (act: TokenAct, token: TokenRow) => void;
}

export function TokenList({ tokens, onAct }: TokenListProps) {
  const [word, setWord] = useState("");
  const [most, setMost] = useState(STEP);
  const found = tokens.filter((token) => hasWord(token, word));
  return (
    <>
      {tokens.length > MANY && (
        <TextField label={t("tokens.find")} type="search" value={word} onValue={setWord} hint={t("tokens.find_hint")} />
      )}
      <p class="soft small" role="status">
        {t("tokens.count", { count: found.length })}
      </p>
      <ul class="items">
        {found.slice(0, most).map((token) => (
          <li key={token.id}>
            <TokenCard token={token} onAct={(act) => onAct(act, token)} />
          </li>
        ))}
      </ul>
      {found.length > most && (
        <div class="row">
          <Button onClick={() => setMost(most + STEP)}>{t("tokens.more", { count: found.length - most })}</Button>
        </div>
      )}
    </>
  );
}

function hasWord({ id, name, models, providers }: TokenRow, word: string): boolean {
  const wanted = word.trim().toLowerCase();
  return [id, name, ...(models ?? []), ...(providers ?? [])].some((text) => text.toLowerCase().includes(wanted));
}
