// What came of a change of many keys: how many, and which not, with why.
import { type TextKey, t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import type { BulkChange, BulkOutcome } from "./use-bulk-change.ts";

const DONE: Readonly<Record<BulkChange, TextKey>> = {
  reset: "keys.done_reset",
  enable: "keys.done_enable",
  disable: "keys.done_disable",
  remove: "keys.done_remove",
};

/** More names than this are not read. */
const MOST_NAMED = 20;

export function BulkOutcomeNotice({
  outcome,
  onClose,
}: {
  readonly outcome: BulkOutcome;
  readonly onClose: () => void;
}) {
  const { change, done, passedOver, isVain, refused } = outcome;
  const isWhole = passedOver === 0 && refused.length === 0;
  return (
    <Notice kind={isWhole ? "good" : "warn"}>
      <div class="card-head">
        <p>
          {t(DONE[change], { count: done })}
          {isVain && ` ${t("keys.nothing_rested")}`}
        </p>
        <Button kind="quiet" isSmall aria-label={t("ui.close")} onClick={onClose}>
          ✕
        </Button>
      </div>
      {passedOver > 0 && <p>{t("keys.passed_over", { count: passedOver })}</p>}
      {refused.length > 0 && (
        <details open={refused.length <= 3}>
          <summary>{t("keys.refused", { count: refused.length })}</summary>
          <ul>
            {refused.slice(0, MOST_NAMED).map(({ id, name, why }) => (
              <li key={id}>
                <bdi>{name}</bdi>: {why}
              </li>
            ))}
            {refused.length > MOST_NAMED && <li>{t("keys.and_more", { count: refused.length - MOST_NAMED })}</li>}
          </ul>
        </details>
      )}
    </Notice>
  );
}
