// One key: how it fares and why, its limits, its past, its last calls, and what can be done with it.
import { useOperation } from "../api/use-operation.ts";
import { useCalmRefresh } from "../lists/use-calm-refresh.ts";
import type { Topic } from "../live/use-topics.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Empty } from "../ui/notice.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { KeyActions } from "./key-actions.tsx";
import { KeyCalls } from "./key-calls.tsx";
import { KeyHistory } from "./key-history.tsx";
import { KeyLimits } from "./key-limits.tsx";
import { KeyParts } from "./key-parts.tsx";
import type { KeyRow } from "./key-row.ts";
import { KeyStanding } from "./key-standing.tsx";

const TOPICS: readonly Topic[] = ["health", "keys", "config"];
/** What each request changes: how far limits are used, what is in flight. */
const FIGURES: readonly Topic[] = ["figures", "requests"];
const QUIET_MS = 5_000;
/** Line and column: of the config file. */
const PLACE_IN_FILE = /:\d+:\d+$/;

/** `id`: of the key, or another word that names it. */
export function KeyDetail({ id }: { readonly id: string }) {
  const asked = useOperation("keys.list", { keys: [id] }, { topics: TOPICS });
  useCalmRefresh(FIGURES, QUIET_MS, asked);
  const row = asked.data?.keys[0];
  const isGone = asked.failure?.code === "refused";
  return (
    <PageFrame
      title={row?.name ?? id}
      actions={row !== undefined && !isGone && <KeyActions row={row} onDone={asked.refresh} />}
    >
      <p>
        <Link href={pagePath("keys")}>{t("key_edit.detail.all_keys")}</Link>
      </p>
      {isGone ? (
        <Empty title={t("key_edit.detail.gone")}>
          <p>{asked.failure?.message}</p>
        </Empty>
      ) : (
        <AskedView asked={asked} lines={10}>
          {() => row !== undefined && <Details row={row} onDone={asked.refresh} />}
        </AskedView>
      )}
    </PageFrame>
  );
}

function Details({ row, onDone }: { readonly row: KeyRow; readonly onDone: () => void }) {
  return (
    <>
      {row.source !== "key store" && (
        <p class="soft">
          {t("key_edit.detail.not_ours", { source: row.source })}{" "}
          {PLACE_IN_FILE.test(row.source) && <Link href={pagePath("config")}>{t("pages.config")}</Link>}
        </p>
      )}
      <div class="key-edit-columns">
        <KeyStanding row={row} />
        <div class="stack">
          <KeyLimits limits={row.limits} />
          <KeyParts row={row} onDone={onDone} />
        </div>
      </div>
      <KeyHistory id={row.id} />
      <KeyCalls id={row.id} />
    </>
  );
}
