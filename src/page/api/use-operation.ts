// What an operation answers, asked again when what it tells of has changed.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { CallName, InputOf, OutputOf } from "../../admin/operation-table.ts";
import { useSettled } from "../live/use-settled.ts";
import { type Topic, useTopics } from "../live/use-topics.ts";
import { type ApiFailure, toFailure } from "./api-failure.ts";
import { callOperation } from "./call-operation.ts";

/** `data` stays while it is asked for again, and when that fails; not when another question fails. */
export interface Asked<Data> {
  readonly data: Data | undefined;
  /** Of the last try. */
  readonly failure: ApiFailure | undefined;
  readonly isLoading: boolean;
  readonly refresh: () => void;
}

export interface AskOptions {
  /** It is asked again when one of these changes; keep the list constant. */
  readonly topics?: readonly Topic[];
  /** Nothing is asked while this is false. */
  readonly isWanted?: boolean;
}

/** Another input drops the answer to the one before only when its own is there. */
export function useOperation<Name extends CallName>(
  name: Name,
  input: InputOf<Name>,
  { topics = NO_TOPICS, isWanted = true }: AskOptions = {},
): Asked<OutputOf<Name>> {
  type Data = OutputOf<Name>;
  const [data, setData] = useState<Data>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [isLoading, setLoading] = useState(isWanted);
  const [round, setRound] = useState(0);
  const version = useSettled(useTopics(topics), isLoading);
  const wish = JSON.stringify(input);
  const latest = useRef(input);
  const answered = useRef<string>(undefined);
  latest.current = input;
  // `wish`, `round` and `version` say when to ask again.
  useEffect(() => {
    if (!isWanted) return;
    const gone = new AbortController();
    setLoading(true);
    callOperation(name, latest.current, gone.signal)
      .then((answer) => {
        if (gone.signal.aborted) return;
        answered.current = wish;
        setData(() => answer);
        setFailure(undefined);
        setLoading(false);
      })
      .catch((error: unknown) => {
        if (gone.signal.aborted) return;
        if (answered.current !== wish) setData(undefined);
        setFailure(toFailure(error));
        setLoading(false);
      });
    return () => gone.abort();
  }, [name, wish, round, version, isWanted]);
  const refresh = useCallback(() => setRound((before) => before + 1), []);
  return { data, failure, isLoading, refresh };
}

const NO_TOPICS: readonly Topic[] = [];
