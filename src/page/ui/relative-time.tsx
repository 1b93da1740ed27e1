// A time as people say it, kept true while it is shown.
import { useObservable } from "../api/observable.ts";
import { formatRelative, formatTime } from "../format/format.ts";
import { clock } from "./clock.ts";

/** `at`: RFC 3339. The exact time is its title. */
export function RelativeTime({ at }: { readonly at: string }) {
  const now = useObservable(clock);
  return (
    <time dateTime={at} title={formatTime(at)}>
      {formatRelative(at, now)}
    </time>
  );
}
