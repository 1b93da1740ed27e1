// One client token: what it may do, how it is used, and what can be done with it.
import { formatNumber } from "../format/format.ts";
import { Facts, Words } from "../lists/facts.tsx";
import { ItemCard } from "../lists/item-card.tsx";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { WordBadge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import { TokenLimits } from "./token-limits.tsx";
import type { TokenAct, TokenRow } from "./token-row.ts";

export interface TokenCardProps {
  readonly token: TokenRow;
  readonly onAct: (act: TokenAct) => void;
}

export function TokenCard({ token, onAct }: TokenCardProps) {
  const isExpired = token.state === "expired";
  const isStored = token.source === "token store";
  const actions = isStored && (
    <>
      {!isExpired && (
        <Button isSmall aria-label={t("tokens.rotate_named", { name: token.name })} onClick={() => onAct("rotate")}>
          {t("tokens.rotate")}
        </Button>
      )}
      <Button
        isSmall
        kind="danger"
        aria-label={t("tokens.revoke_named", { name: token.name })}
        onClick={() => onAct("revoke")}
      >
        {t("tokens.revoke")}
      </Button>
    </>
  );
  return (
    <ItemCard
      name={token.name}
      state={<WordBadge tone={isExpired ? "bad" : "good"} text={isExpired ? "tokens.expired" : "tokens.active"} />}
      actions={actions === false ? undefined : actions}
    >
      {token.limits.length > 0 && <TokenLimits limits={token.limits} />}
      <TokenFacts token={token} />
      {!isStored && (
        <p class="soft small">
          {t("tokens.configured", { place: placeOf(token) })} <Link href={pagePath("config")}>{t("pages.config")}</Link>
        </p>
      )}
    </ItemCard>
  );
}

function TokenFacts({ token }: { readonly token: TokenRow }) {
  const { models, providers, operations, cidrs, expires, last_used: lastUsed, requests, in_flight: inFlight } = token;
  const { added_at: addedAt, rotated_at: rotatedAt, previous_until: previousUntil } = token;
  const words = (list: readonly string[] | undefined) => list !== undefined && <Words words={list} />;
  const moment = (at: string | undefined) => at !== undefined && <RelativeTime at={at} />;
  return (
    <Facts
      facts={[
        [t("tokens.id"), <code key="id">{token.id}</code>],
        [t("tokens.requests"), <Requests key="requests" name={token.name} count={requests} />],
        [t("tokens.in_flight"), inFlight > 0 && formatNumber(inFlight)],
        [t("tokens.last_used"), lastUsed === undefined ? t("ui.never") : moment(lastUsed)],
        [t("tokens.expires"), moment(expires)],
        [t("tokens.models"), words(models)],
        [t("tokens.providers"), words(providers)],
        [t("tokens.operations"), words(operations)],
        [t("tokens.cidrs"), words(cidrs)],
        [t("tokens.added_at"), moment(addedAt)],
        [t("tokens.rotated_at"), moment(rotatedAt)],
        [t("tokens.previous_until"), moment(previousUntil)],
      ]}
    />
  );
}

/** Leads to what is recorded of them. */
function Requests({ name, count }: { readonly name: string; readonly count: number }) {
  const text = formatNumber(count);
  if (count === 0) return <>{text}</>;
  return (
    <Link href={pagePath("logs", { query: { token: name } })} label={t("tokens.requests_named", { count, name })}>
      {text}
    </Link>
  );
}

function placeOf({ place }: TokenRow): string {
  return place ?? "auth.client_tokens";
}
