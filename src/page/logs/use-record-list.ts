// The list of request records: a page of it, and on the first page what comes while it is looked at.
import { useEffect, useRef, useState } from "preact/hooks";
import type { InputOf, OutputOf } from "../../admin/operation-table.ts";
import { type Asked, useOperation } from "../api/use-operation.ts";
import { type Topic, useTopics } from "../live/use-topics.ts";
import { NewestFirst } from "./newest-first.ts";
import type { RecordRow } from "./record-words.ts";
import { addToTail, beginTail, showHeld, type Tail } from "./tail.ts";

type Question = InputOf<"logs.list">;
type Page = OutputOf<"logs.list">;

export interface ListOptions {
  /** Rows are added as requests are recorded. */
  readonly isLive: boolean;
  /** Asked when some have come: they wait to be shown, as the user is somewhere else in the list. */
  readonly isAway: () => boolean;
}

export interface RecordList {
  readonly asked: Asked<Page>;
  readonly tail: Tail<RecordRow>;
  /** How many were added since the list was asked for, whether they are shown or not. */
  readonly added: number;
  readonly showNew: () => void;
}

const NEW: readonly Topic[] = ["requests"];
const GONE: readonly Topic[] = ["records"];
const NONE: readonly Topic[] = [];
const EMPTY: Tail<RecordRow> = beginTail([]);

/** `question` is asked anew when it is another one, and when records are gone. */
export function useRecordList(question: Question, { isLive, isAway }: ListOptions): RecordList {
  const asked = useOperation("logs.list", question, { topics: GONE });
  const [tail, setTail] = useState(EMPTY);
  const [added, setAdded] = useState(0);
  const { data, refresh } = asked;
  useEffect(() => {
    setTail(beginTail(data?.records ?? []));
    setAdded(0);
  }, [data]);
  useEffect(() => {
    if (tail.isCut) refresh();
  }, [tail.isCut, refresh]);
  const add = (page: Page) => {
    setTail((before) => addToTail(before, page.records, { more: page.next !== undefined, isHeld: isAway() }));
    setAdded((before) => before + page.records.length);
  };
  useNewRecords(question, { first: isLive && !asked.isLoading ? data : undefined, add });
  return { asked, tail, added, showNew: () => setTail(showHeld) };
}

interface NewRecords {
  /** Behind it is asked for what has come; undefined: nothing is asked. */
  readonly first: Page | undefined;
  readonly add: (page: Page) => void;
}

/**
 * Live events only say that something has come; what it is is asked of the list, so that nothing is missed or twice. One
 * question at a time: what is told meanwhile is asked for behind it.
 */
function useNewRecords(question: Question, { first, add }: NewRecords): void {
  const version = useTopics(first === undefined ? NONE : NEW);
  const latest = useRef({ version, add });
  latest.current = { version, add };
  const asking = useRef<NewestFirst | undefined>(undefined);
  useEffect(() => {
    if (first === undefined) return;
    const newest = new NewestFirst(question, first.newest ?? 0, (page) => latest.current.add(page));
    asking.current = newest;
    return () => newest.stop();
  }, [first]);
  useEffect(() => asking.current?.look(), [version, first]);
}
