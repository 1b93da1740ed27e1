// Shown once the session has ended: leads to the login and back to the same place.
import { useState } from "preact/hooks";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";
import { openLoginWindow } from "./other-windows.ts";

/** What was typed can be looked at once it is closed; a line at the top then stays. */
export function SessionDialog() {
  const [isClosed, setClosed] = useState(false);
  const here = location.pathname + location.search;
  if (isClosed) {
    return (
      <div class="banner" role="alert">
        <span>{t("app.ended")}</span>
        <Button isSmall onClick={() => setClosed(false)}>
          {t("app.login_again")}
        </Button>
      </div>
    );
  }
  return (
    <Dialog title={t("app.ended")} size="narrow" onClose={() => setClosed(true)}>
      <p>{t("app.ended_how")}</p>
      <div class="row row-end">
        <BesideButton />
        <a class="button button-primary" href={here}>
          {t("app.login_again")}
        </a>
      </div>
    </Dialog>
  );
}

function BesideButton() {
  const [isBlocked, setBlocked] = useState(false);
  return (
    <>
      {isBlocked ? <Notice kind="warn">{t("app.window_blocked")}</Notice> : null}
      <Button onClick={() => setBlocked(!openLoginWindow())}>{t("app.login_beside")}</Button>
    </>
  );
}
