// One browser that is logged in.
import type { OutputOf } from "../../admin/operation-table.ts";
import { Facts } from "../lists/facts.tsx";
import { ItemCard } from "../lists/item-card.tsx";
import { t } from "../texts/texts.ts";
import { WordBadge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import { browserOf } from "./browser-of.ts";

export type SessionRow = OutputOf<"sessions.list">["sessions"][number];

export interface SessionCardProps {
  readonly session: SessionRow;
  readonly onEnd: () => void;
}

export function SessionCard({ session, onEnd }: SessionCardProps) {
  const { id, via, address, agent, current } = session;
  const name = browserOf(agent) ?? t("sessions.unknown");
  return (
    <ItemCard
      name={name}
      state={current === true ? <WordBadge tone="info" text="sessions.current" /> : undefined}
      actions={
        <Button isSmall kind="danger" aria-label={t("sessions.end_named", { name, address })} onClick={onEnd}>
          {t("sessions.end")}
        </Button>
      }
    >
      <Facts
        facts={[
          [t("sessions.address"), address],
          [t("sessions.via"), t(`sessions.ways.${via}`)],
          [t("sessions.created_at"), <RelativeTime key="created" at={session.created_at} />],
          [t("sessions.seen_at"), <RelativeTime key="seen" at={session.seen_at} />],
          [t("sessions.expires_at"), <RelativeTime key="expires" at={session.expires_at} />],
          [t("sessions.agent"), agent !== "" && <span dir="auto">{agent}</span>],
          [t("sessions.id"), <code key="id">{id}</code>],
        ]}
      />
    </ItemCard>
  );
}
