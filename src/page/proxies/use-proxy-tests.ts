// Tests outbound proxies, with each result as it comes.
import { useEffect, useRef, useState } from "preact/hooks";
import type { OutputOf } from "../../admin/operation-table.ts";
import { toFailure } from "../api/api-failure.ts";
import { streamOperation } from "../api/call-operation.ts";
import { t } from "../texts/texts.ts";
import { showToast } from "../ui/toasts.tsx";

export type ProxyTestRow = OutputOf<"proxies.test">;

export interface ProxyTests {
  /** Ids; none: all that are not disabled. */
  readonly begin: (ids: readonly string[]) => void;
  readonly isBusy: boolean;
  readonly done: number;
  readonly total: number;
  /** The last result of each, by its id. */
  readonly results: ReadonlyMap<string, ProxyTestRow>;
}

/** Ends with the page that shows it. */
export function useProxyTests(onEnd: () => void): ProxyTests {
  const [results, setResults] = useState<ReadonlyMap<string, ProxyTestRow>>(new Map());
  const [progress, setProgress] = useState<{ readonly done: number; readonly total: number }>();
  const gone = useRef(new AbortController());
  useEffect(() => () => gone.current.abort(), []);
  const begin = async (ids: readonly string[]) => {
    const { signal } = gone.current;
    setProgress({ done: 0, total: ids.length });
    let done = 0;
    let failed = 0;
    try {
      for await (const result of streamOperation("proxies.test", { proxies: [...ids] }, signal)) {
        done += 1;
        if (!result.is_ok) failed += 1;
        setResults((before) => new Map(before).set(result.id, result));
        setProgress({ done, total: result.total });
      }
      if (failed === 0) showToast({ kind: "good", text: t("proxies.all_well", { count: done }) });
      else showToast({ kind: "bad", text: t("proxies.some_failed", { count: failed, total: done }) });
    } catch (error: unknown) {
      if (!signal.aborted) showToast({ kind: "bad", text: toFailure(error).message });
    }
    if (signal.aborted) return;
    setProgress(undefined);
    onEnd();
  };
  return {
    begin: (ids) => void begin(ids),
    isBusy: progress !== undefined,
    done: progress?.done ?? 0,
    total: progress?.total ?? 0,
    results,
  };
}
