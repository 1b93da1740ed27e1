// The page "tokens": who may use the gateway, for what, and how much of it is used.
import { useState } from "preact/hooks";
import { useOperation } from "../api/use-operation.ts";
import { useCalmRefresh } from "../lists/use-calm-refresh.ts";
import type { Topic } from "../live/use-topics.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { Button } from "../ui/button.tsx";
import { Empty, Notice } from "../ui/notice.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { AddTokenDialog } from "./add-token-dialog.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { RotateDialog } from "./rotate-dialog.tsx";
import { SecretDialog, type ShownSecret } from "./secret-dialog.tsx";
import { TokenList } from "./token-list.tsx";
import type { TokenAct, TokenRow } from "./token-row.ts";

const TOPICS: readonly Topic[] = ["tokens", "config"];
/** What is used of limits changes with each request, and there may be thousands of tokens. */
const USES: readonly Topic[] = ["requests"];
const QUIET_MS = 5_000;

type Open =
  | { readonly kind: "add" }
  | { readonly kind: TokenAct; readonly token: TokenRow }
  | { readonly kind: "secret"; readonly shown: ShownSecret };

export function TokensPage() {
  const asked = useOperation("tokens.list", {}, { topics: TOPICS });
  useCalmRefresh(USES, QUIET_MS, asked);
  const [open, setOpen] = useState<Open>();
  const add = (
    <Button kind="primary" onClick={() => setOpen({ kind: "add" })}>
      {t("tokens.add")}
    </Button>
  );
  const change = (next: Open | undefined) => {
    setOpen(next);
    asked.refresh();
  };
  return (
    <PageFrame title={t("pages.tokens")} actions={add}>
      <p class="soft">{t("tokens.about")}</p>
      <AskedView asked={asked} lines={8}>
        {({ tokens, store_fault: fault }) => (
          <>
            {fault !== undefined && <Notice kind="bad">{fault}</Notice>}
            {tokens.length > 0 && <TokenList tokens={tokens} onAct={(kind, token) => setOpen({ kind, token })} />}
            {tokens.length === 0 && (
              <Empty title={t("tokens.none")}>
                <p>{t("tokens.none_hint")}</p>
                {add}
              </Empty>
            )}
          </>
        )}
      </AskedView>
      {open !== undefined && <OpenDialog open={open} onChanged={change} onClose={() => setOpen(undefined)} />}
    </PageFrame>
  );
}

interface OpenDialogProps {
  readonly open: Open;
  /** Something was done; `next`: what is shown of it. */
  readonly onChanged: (next: Open | undefined) => void;
  readonly onClose: () => void;
}

function OpenDialog({ open, onChanged, onClose }: OpenDialogProps) {
  const show = (shown: ShownSecret) => onChanged({ kind: "secret", shown });
  switch (open.kind) {
    case "add":
      return <AddTokenDialog onMade={show} onClose={onClose} />;
    case "rotate":
      return <RotateDialog token={open.token} onMade={show} onClose={onClose} />;
    case "revoke":
      return <RevokeDialog token={open.token} onDone={() => onChanged(undefined)} onClose={onClose} />;
    case "secret":
      return <SecretDialog shown={open.shown} onClose={onClose} />;
    default:
      return open satisfies never;
  }
}
