// What is being edited: the text that the file had, the text that it shall have, and what the daemon says of that.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { OutputOf } from "../../admin/operation-table.ts";
import { type ApiFailure, toFailure } from "../api/api-failure.ts";
import { callOperation } from "../api/call-operation.ts";
import { type Asked, useOperation } from "../api/use-operation.ts";
import { type Topic, useTopics } from "../live/use-topics.ts";

export type ConfigText = OutputOf<"config.text">;
export type ConfigCheck = Pick<ConfigText, "ok" | "diagnostics" | "changes" | "at_start">;
export type Diagnostic = ConfigCheck["diagnostics"][number];

/** A file that can be edited. */
export interface BaseText extends ConfigText {
  readonly text: string;
  readonly version: string;
}

export interface ConfigDraft {
  readonly asked: Asked<ConfigText>;
  /** Undefined where there is nothing to edit. */
  readonly base: BaseText | undefined;
  readonly text: string;
  /** Another number each time that the editor has to take `text`. */
  readonly revision: number;
  readonly isDirty: boolean;
  /** Of exactly this text; undefined until the daemon has answered. */
  readonly check: ConfigCheck | undefined;
  readonly checkFailure: ApiFailure | undefined;
  /** The file as somebody else has changed it meanwhile. */
  readonly newer: BaseText | undefined;
  readonly edit: (text: string) => void;
  /** Puts a text into the editor; `base`: it is that of the file. */
  readonly replace: (text: string, base?: BaseText) => void;
  /** What was typed shall be an edit of the newer file. */
  readonly rebase: () => void;
}

const TOPICS: readonly Topic[] = ["config"];
const NO_TOPICS: readonly Topic[] = [];
/** So long nobody types; where a check takes long, some times of that. */
const PAUSE_MS = 350;
const PAUSE_CHECKS = 4;

export function useConfigDraft(): ConfigDraft {
  const asked = useOperation("config.text", {}, { topics: TOPICS });
  const [base, setBase] = useState<BaseText>();
  const [draft, setDraft] = useState({ text: "", revision: 0 });
  const { text, revision } = draft;
  const found = editable(asked.data);
  const isDirty = base !== undefined && text !== base.text;
  const newer = isDirty && found !== undefined && found.version !== base.version ? found : undefined;
  const replace = useCallback((next: string, nextBase?: BaseText) => {
    if (nextBase !== undefined) setBase(nextBase);
    setDraft((before) => ({ text: next, revision: before.revision + 1 }));
  }, []);
  const edit = useCallback((next: string) => setDraft((before) => ({ ...before, text: next })), []);
  useEffect(() => {
    if (found === undefined || found === base) return;
    if (!isDirty) replace(found.text, found);
    // The same file, of which something else is known by now, such as that it is read-only.
    else if (found.version === base.version) setBase(found);
  }, [found, base, isDirty, replace]);
  const rebase = useCallback(() => newer !== undefined && setBase(newer), [newer]);
  const checked = useCheck(isDirty ? base : undefined, text, asked.refresh);
  const check = isDirty ? checked.check : base;
  const { failure: checkFailure } = checked;
  return { asked, base, text, revision, isDirty, check, checkFailure, newer, edit, replace, rebase };
}

function editable(data: ConfigText | undefined): BaseText | undefined {
  // The same object for the same answer: it is what tells one answer from the next.
  return data?.text === undefined || data.version === undefined ? undefined : (data as BaseText);
}

interface Checked {
  readonly text: string;
  readonly check?: ConfigCheck;
  readonly failure?: ApiFailure;
}

/** Asked once nobody types any more; `onStale`: the file is another one by now. */
function useCheck(base: BaseText | undefined, text: string, onStale: () => void) {
  const [checked, setChecked] = useState<Checked>();
  const tookMs = useRef(0);
  // A daemon that was away when it was asked has not said anything.
  const returns = useTopics(NO_TOPICS);
  const version = base?.version;
  useEffect(() => {
    if (version === undefined) return;
    const gone = new AbortController();
    const pauseMs = Math.max(PAUSE_MS, tookMs.current * PAUSE_CHECKS);
    const timer = setTimeout(() => {
      const begin = performance.now();
      callOperation("config.check", { text, version }, gone.signal)
        .then((check) => {
          tookMs.current = performance.now() - begin;
          if (gone.signal.aborted) return;
          setChecked({ text, check });
          if (check.stale) onStale();
        })
        .catch((error: unknown) => {
          if (!gone.signal.aborted) setChecked({ text, failure: toFailure(error) });
        });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [text, version, onStale, returns]);
  return checked?.text === text ? checked : { check: undefined, failure: undefined };
}
