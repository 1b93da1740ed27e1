// The second step of adding keys: what would become of each, and what a test met.
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { type Foretold, failedIn, newsIn, type Tries, workingIn } from "./add-keys.ts";
import { PastedTable } from "./pasted-table.tsx";
import type { AddKeys } from "./use-add-keys.ts";

export interface AddKeysLookProps {
  readonly adding: AddKeys;
  readonly foretold: Foretold;
  /** Empty where nothing was tried, or that was stopped at once. */
  readonly tries: Tries;
}

export function AddKeysLook({ adding, foretold, tries }: AddKeysLookProps) {
  const { back, isBusy } = adding;
  const failed = failedIn(tries);
  return (
    <div class="stack">
      <UnusedNotice foretold={foretold} />
      {newsIn(foretold).length === 0 && <Notice kind="warn">{t("key_edit.add.no_news")}</Notice>}
      {failed > 0 && <Notice kind="warn">{t("key_edit.add.some_fail", { count: failed })}</Notice>}
      <PastedTable foretold={foretold} tries={tries} />
      <div class="row row-end">
        <Button onClick={back} disabled={isBusy}>
          {t("key_edit.add.back")}
        </Button>
        <AddButtons adding={adding} foretold={foretold} tries={tries} />
      </div>
    </div>
  );
}

/** Keys that failed may be added all the same: the provider may be what fails. */
function AddButtons({ adding: { pasted, add, tryAll, isBusy }, foretold, tries }: AddKeysLookProps) {
  const news = newsIn(foretold);
  const working = workingIn(foretold, tries);
  // What was stopped begins anew: nobody has seen yet whether the others work.
  const isToTry = pasted.isTested && !news.every((line) => tries.has(line));
  const text = isToTry
    ? t("key_edit.add.try", { count: news.length })
    : t("key_edit.add.add", { count: working.length });
  return (
    <>
      {(working.length < news.length || (isToTry && tries.size > 0)) && (
        <Button isBusy={isBusy} onClick={() => add(news)}>
          {t("key_edit.add.add_all", { count: news.length })}
        </Button>
      )}
      <Button
        kind="primary"
        isBusy={isBusy}
        disabled={working.length === 0}
        onClick={() => (isToTry ? tryAll() : add(working))}
      >
        {text}
      </Button>
    </>
  );
}

/** Their keys would serve nothing. */
export function UnusedNotice({ foretold: { unused } }: { readonly foretold: Foretold }) {
  if (unused.length === 0) return null;
  return <Notice kind="warn">{t("key_edit.add.unused", { count: unused.length, names: unused.join(", ") })}</Notice>;
}
