// Says that the daemon cannot be reached, that it is of another version now, or that the session has ended.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useObservable } from "../api/observable.ts";
import { type Reachability, reachability } from "../api/reachability.ts";
import { SessionDialog } from "../live/session-dialog.tsx";
import { isOutdated } from "../live/start-live.ts";
import { t } from "../texts/texts.ts";
import { showToast } from "../ui/toasts.tsx";

export function ConnectionBanner() {
  const reached = useObservable(reachability);
  const isOld = useObservable(isOutdated);
  useFound(reached);
  if (reached === "ended") return <SessionDialog />;
  if (reached === "lost") {
    return (
      <Banner>
        <span>{t("app.lost")}</span>
      </Banner>
    );
  }
  if (!isOld) return null;
  return (
    <Banner>
      <span>{t("app.new_version")}</span>
      <a class="button button-small" href={location.pathname + location.search}>
        {t("app.reload")}
      </a>
    </Banner>
  );
}

function Banner({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="banner" role="alert">
      {children}
    </div>
  );
}

/** Who saw that it was lost is told that it is back. */
function useFound(reached: Reachability): void {
  const before = useRef(reached);
  useEffect(() => {
    if (before.current === "lost" && reached === "reached") showToast({ kind: "good", text: t("app.found") });
    before.current = reached;
  }, [reached]);
}
