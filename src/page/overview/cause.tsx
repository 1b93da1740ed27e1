// Why something is out, since when and until when.
import { t } from "../texts/texts.ts";
import { DueTime } from "../ui/due-time.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";

export interface CauseFacts {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly reason?: string | undefined;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
}

export function Cause({ of: { since, until, reason, status, message } }: { readonly of: CauseFacts }) {
  const why = [status, reason].filter((part) => part !== undefined).join(" ");
  return (
    <>
      {(why !== "" || message !== undefined) && (
        <p class="small">
          {why !== "" && <bdi class="overview-why">{why}</bdi>} <bdi>{message}</bdi>
        </p>
      )}
      {(since !== undefined || until !== undefined) && (
        <p class="small soft">
          {since !== undefined && (
            <>
              {t("overview.since")} <RelativeTime at={since} />
            </>
          )}
          {since !== undefined && until !== undefined && " · "}
          {until !== undefined && (
            <>
              {t("overview.until")} <DueTime at={until} />
            </>
          )}
        </p>
      )}
    </>
  );
}
