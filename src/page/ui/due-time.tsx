// When something that rests is tried again, also once that time is over and no request has come yet.
import { useObservable } from "../api/observable.ts";
import { t } from "../texts/texts.ts";
import { clock } from "./clock.ts";
import { RelativeTime } from "./relative-time.tsx";

/** `at`: RFC 3339. A time that is over is when nothing has been tried yet: the next request does. */
export function DueTime({ at }: { readonly at: string }) {
  const now = useObservable(clock);
  return Date.parse(at) <= now ? t("ui.next_request") : <RelativeTime at={at} />;
}
