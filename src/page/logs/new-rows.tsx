// Says that requests have come: in passing for those who hear the page, and with a button where they wait to be shown.
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatNumber } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import type { RecordList } from "./use-record-list.ts";

/** What is said of them is said once in this time, however many come. */
const SAY_MS = 5_000;

export interface NewRowsProps {
  readonly list: RecordList;
  readonly isLive: boolean;
  readonly isPaused: boolean;
  readonly place: RefObject<HTMLElement | null>;
}

export function NewRows({ list: { tail, added, showNew }, isLive, isPaused, place }: NewRowsProps) {
  const said = useSaid(added);
  const { held, hasGap } = tail;
  const show = () => {
    showNew();
    if (place.current !== null && place.current.getBoundingClientRect().top < 0) place.current.scrollIntoView();
  };
  const amount = hasGap ? `${formatNumber(held.length)}+` : formatNumber(held.length);
  return (
    <div class="logs-new">
      <span class="unseen" role="status">
        {said}
      </span>
      {held.length > 0 && (
        <Button kind="primary" isSmall onClick={show}>
          {t("logs.live.show", { amount })}
        </Button>
      )}
      {held.length === 0 && isLive && (
        <span class="soft small">{t(isPaused ? "logs.live.paused" : "logs.live.waiting")}</span>
      )}
    </div>
  );
}

/** How many came, told when there is time and not each by itself. */
function useSaid(added: number): string {
  const [said, setSaid] = useState("");
  const told = useRef(0);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(added);
  latest.current = added;
  useEffect(() => {
    if (added === 0) told.current = 0;
    if (added <= told.current || waiting.current !== undefined) return;
    waiting.current = setTimeout(() => {
      waiting.current = undefined;
      const count = latest.current - told.current;
      told.current = latest.current;
      if (count > 0) setSaid(t("logs.live.came", { count }));
    }, SAY_MS);
  }, [added]);
  useEffect(() => () => clearTimeout(waiting.current), []);
  return said;
}
