// A part of the page that is a file of its own, loaded when it is first drawn.
import { useCallback, useEffect, useState } from "preact/hooks";
import { type Topic, useTopics } from "../live/use-topics.ts";
import { loadModule } from "./load-module.ts";

const NO_TOPICS: readonly Topic[] = [];

export interface LoadedModule<Module> {
  readonly module: Module | undefined;
  readonly hasFailed: boolean;
  readonly retry: () => void;
}

/** What was loaded, by what loads it: it is there at once, also while the daemon is away. */
const known = new Map<() => Promise<unknown>, unknown>();

/** It is tried again by itself once the daemon is back. Keep `load` constant. */
export function useModule<Module>(load: () => Promise<Module>): LoadedModule<Module> {
  const [module, setModule] = useState(() => known.get(load) as Module | undefined);
  const [hasFailed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  const returns = useTopics(NO_TOPICS);
  const isThere = module !== undefined;
  // `round` and `returns` say when to try again.
  useEffect(() => {
    if (isThere) return;
    let isGone = false;
    setFailed(false);
    loadModule(load).then(
      (loaded) => {
        known.set(load, loaded);
        if (!isGone) setModule(() => loaded);
      },
      () => isGone || setFailed(true),
    );
    return () => {
      isGone = true;
    };
  }, [load, isThere, round, returns]);
  const retry = useCallback(() => setRound((before) => before + 1), []);
  return { module, hasFailed, retry };
}
