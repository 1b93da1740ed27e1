// Says that the daemon cannot be reached, or that the session has ended.

import { useObservable } from "../api/observable.ts";
import { reachability } from "../api/reachability.ts";
import { t } from "../texts/texts.ts";

export function ConnectionBanner() {
  const reached = useObservable(reachability);
  if (reached === "reached") return null;
  return (
    <div class="banner" role="alert">
      {reached === "lost" ? (
        <span>{t("app.lost")}</span>
      ) : (
        <>
          <span>{t("app.ended")}</span>
          <a class="button button-small" href={location.pathname + location.search}>
            {t("app.login_again")}
          </a>
        </>
      )}
    </div>
  );
}
