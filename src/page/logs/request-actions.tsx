// What can be done with one request: see what is like it in the daemon's log, or delete it.
import { useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { Link } from "../router/link.tsx";
import { navigate, pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import type { RecordDetail } from "./record-words.ts";

export function RequestActions({ record: { id } }: { readonly record: RecordDetail }) {
  const [isAsking, setAsking] = useState(false);
  const { run, isBusy } = useAction();
  const remove = async () => {
    const isDone = await run(async () => {
      const { deleted } = await callOperation("logs.delete", { ids: [id] });
      return t("logs.delete.done", { count: deleted });
    });
    setAsking(false);
    if (isDone) navigate(pagePath("logs"));
  };
  return (
    <>
      <Link class="button button-small" href={pagePath("logs", { query: { tab: "daemon", id } })}>
        {t("logs.detail.in_daemon_log")}
      </Link>
      <Button kind="danger" isSmall onClick={() => setAsking(true)}>
        {t("logs.delete.one")}
      </Button>
      {isAsking && (
        <Confirm
          title={t("logs.delete.one_title")}
          action={t("logs.delete.action")}
          isBusy={isBusy}
          onConfirm={remove}
          onClose={() => setAsking(false)}
        >
          <p>{t("logs.delete.hint")}</p>
        </Confirm>
      )}
    </>
  );
}
