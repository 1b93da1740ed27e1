// Asks before the outbound proxies that are out are taken from the config file.
import type { OutputOf } from "../../admin/operation-table.ts";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { Words } from "../lists/facts.tsx";
import { t } from "../texts/texts.ts";
import { Confirm } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";
import type { ProxyRow } from "./proxy-row.ts";

export interface PruneDialogProps {
  readonly out: readonly ProxyRow[];
  /** `said`: which are gone, and which stay and why. */
  readonly onDone: (said: string) => void;
  readonly onClose: () => void;
}

export function PruneDialog({ out, onDone, onClose }: PruneDialogProps) {
  const { run, isBusy, failure } = useAction({ isQuiet: true });
  const prune = () =>
    run(async () => {
      onDone(resultOf(await callOperation("proxies.prune", {})));
      return undefined;
    });
  return (
    <Confirm
      title={t("proxies.prune")}
      action={t("proxies.prune_do")}
      isBusy={isBusy}
      onConfirm={prune}
      onClose={onClose}
    >
      <p>{t("proxies.prune_about")}</p>
      <Words words={out.map(({ url }) => url)} />
      {failure !== undefined && <Notice kind="bad">{failure.message}</Notice>}
    </Confirm>
  );
}

function resultOf({ removed, refused }: OutputOf<"proxies.prune">): string {
  const gone = t("proxies.pruned", { count: removed.length });
  const kept = refused.map(({ url, why }) => t("proxies.kept", { url, why }));
  return [gone, ...kept].join(" ");
}
