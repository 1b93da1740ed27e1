// The last lines of the daemon's log, and those that follow while somebody sees the page.
import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiFailure, toFailure } from "../api/api-failure.ts";
import { streamOperation } from "../api/call-operation.ts";
import { type Topic, useTopics } from "../live/use-topics.ts";
import type { LogLine } from "./log-line.ts";
import { readLines } from "./read-lines.ts";

export interface LogQuestion {
  readonly errors: boolean;
  readonly id: string;
}

export interface DaemonLogLines {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  readonly failure: ApiFailure | undefined;
  readonly isReading: boolean;
  readonly retry: () => void;
}

const FIRST_LINES = 300;
const NO_TOPICS: readonly Topic[] = [];

export function useDaemonLog({ errors, id }: LogQuestion, isLive: boolean): DaemonLogLines {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [failure, setFailure] = useState<ApiFailure>();
  const [isReading, setReading] = useState(true);
  const [round, setRound] = useState(0);
  const isSeen = useVisibility();
  const follows = isLive && isSeen;
  // A daemon that is back has lines that this stream ended before.
  const returns = useTopics(NO_TOPICS);
  const read = useRef<string | undefined>(undefined);
  useEffect(() => {
    // What is paused stays as it is.
    const wish = JSON.stringify([errors, id, round]);
    if (!follows && read.current === wish) return;
    const gone = new AbortController();
    setFailure(undefined);
    const question = { last: FIRST_LINES, follow: follows, ...(errors && { errors }), ...(id !== "" && { id }) };
    const draw = (all: readonly LogLine[]) => {
      if (gone.signal.aborted) return;
      read.current = wish;
      setReading(false);
      setLines(all);
    };
    readLines(streamOperation("daemon.log", question, gone.signal), draw).catch((error: unknown) => {
      if (gone.signal.aborted) return;
      setReading(false);
      setFailure(toFailure(error));
    });
    return () => gone.abort();
  }, [errors, id, follows, round, returns]);
  return { lines, failure, isReading, retry: () => setRound(round + 1) };
}

function useVisibility(): boolean {
  const [isSeen, setSeen] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const look = () => setSeen(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isSeen;
}
