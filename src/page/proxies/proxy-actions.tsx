// Tests an outbound proxy, keeps it out, or lets it in again.
import { useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { useAction } from "../api/use-action.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";
import type { ProxyProps } from "./proxy-row.ts";

export function ProxyActions({ proxy: { id, url, state }, isLast, isTesting, onTest, onChanged }: ProxyProps) {
  const { run, isBusy } = useAction();
  const [isAsking, setAsking] = useState(false);
  const set = async (isDisabled: boolean) => {
    await run(async () => {
      await callOperation(isDisabled ? "proxies.disable" : "proxies.enable", { proxies: [id] });
      return t(isDisabled ? "proxies.disabled" : "proxies.enabled", { url });
    });
    setAsking(false);
    onChanged();
  };
  return (
    <>
      <Button isSmall isBusy={isTesting} aria-label={t("proxies.test_named", { url })} onClick={onTest}>
        {t("proxies.test")}
      </Button>
      {state !== "ready" && (
        <Button isSmall isBusy={isBusy} aria-label={t("proxies.enable_named", { url })} onClick={() => set(false)}>
          {t("proxies.enable")}
        </Button>
      )}
      {state !== "disabled" && (
        <Button isSmall aria-label={t("proxies.disable_named", { url })} onClick={() => setAsking(true)}>
          {t("proxies.disable")}
        </Button>
      )}
      {isAsking && (
        <DisableDialog {...{ url, isLast, isBusy }} onConfirm={() => void set(true)} onClose={() => setAsking(false)} />
      )}
    </>
  );
}

interface DisableDialogProps extends Pick<ProxyProps, "isLast"> {
  readonly url: string;
  readonly isBusy: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

function DisableDialog({ url, isLast, ...rest }: DisableDialogProps) {
  return (
    <Confirm title={t("proxies.disable_title", { url })} action={t("proxies.disable")} {...rest}>
      <p>{t("proxies.disable_about")}</p>
      {isLast && <Notice kind="warn">{t("proxies.disable_last")}</Notice>}
    </Confirm>
  );
}
