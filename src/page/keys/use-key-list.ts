// The list of keys as far as somebody looks at it, kept true.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { callOperation } from "../api/call-operation.ts";
import { type Topic, useTopics } from "../live/use-topics.ts";
import { KeyAsker, type ListState } from "./key-asker.ts";
import { type KeyFilter, selectionFields } from "./key-filter.ts";
import type { KeyOrder } from "./key-order.ts";
import type { Span } from "./loaded-rows.ts";

export interface KeyList extends ListState {
  /** Asks anew, also in another order. */
  readonly refresh: () => void;
  /** Says which rows are looked at. */
  readonly look: (seen: Span) => void;
}

/** What may give keys other places. */
const ORDER_TOPICS: readonly Topic[] = ["health", "keys", "config"];
/** What only changes figures of rows. */
const ROW_TOPICS: readonly Topic[] = ["figures"];

export function useKeyList(filter: KeyFilter, order: KeyOrder): KeyList {
  const wish = JSON.stringify({
    ...selectionFields(filter),
    ...(order.sort !== undefined && { sort: order.sort, descending: order.isDescending }),
  });
  const asker = useAsker();
  const places = useTopics(ORDER_TOPICS);
  const figures = useTopics(ROW_TOPICS);
  useEffect(() => asker.ask(JSON.parse(wish)), [asker, wish]);
  useEffect(() => asker.renew("order"), [asker, places]);
  useEffect(() => asker.renew("rows"), [asker, figures]);
  const refresh = useCallback(() => asker.renewNow(), [asker]);
  const look = useCallback((seen: Span) => asker.look(seen), [asker]);
  return { ...asker.state, refresh, look };
}

/** One for as long as the page is shown; each change draws it anew. */
function useAsker(): KeyAsker {
  const [, draw] = useState(0);
  const asker = useRef<KeyAsker>(null);
  asker.current ??= new KeyAsker({
    call: (question, signal) => callOperation("keys.list", question, signal),
    onChange: () => draw((before) => before + 1),
    now: () => performance.now(),
    schedule: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
  const { current } = asker;
  useEffect(() => () => current.end(), [current]);
  return current;
}
