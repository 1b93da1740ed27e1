// What an operation answered, or that it is being asked, or why there is nothing.
import type { ComponentChildren } from "preact";
import type { Asked } from "../api/use-operation.ts";
import { t } from "../texts/texts.ts";
import { FailureNotice } from "./failure-notice.tsx";
import { Skeleton } from "./notice.tsx";

export interface AskedViewProps<Data> {
  readonly asked: Asked<Data>;
  readonly children: (data: Data) => ComponentChildren;
  /** How tall it is while it is not there. */
  readonly lines?: number;
}

/** An answer that is there stays while the next one fails, with the failure above it. */
export function AskedView<Data>({
  asked: { data, failure, isLoading, refresh },
  children,
  lines,
}: AskedViewProps<Data>) {
  return (
    <>
      {failure !== undefined && <FailureNotice text={failure.message} isBusy={isLoading} onRetry={refresh} />}
      {data !== undefined && children(data)}
      {data === undefined && failure === undefined && <Skeleton label={t("ui.loading")} {...(lines && { lines })} />}
    </>
  );
}
