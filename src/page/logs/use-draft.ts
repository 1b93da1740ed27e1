// A field of the address that is typed: what is typed shows at once, the address follows when the user pauses.
import { useEffect, useRef, useState } from "preact/hooks";
import { searchWord } from "../keys/search-word.ts";
import { useQuery } from "../router/route.ts";

const PAUSE_MS = 350;

export type Draft = readonly [value: string, type: (value: string) => void];

/** Another filter leads to the first page. Neither what is not valid gets into the address nor a whole key. */
export function useDraft(name: string, isValid: (value: string) => boolean = () => true): Draft {
  const [query, change] = useQuery();
  const current = query.get(name) ?? "";
  const [draft, setDraft] = useState(current);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const typed = useRef<string | undefined>(undefined);
  // It was changed elsewhere, such as by the step back.
  useEffect(() => {
    if (typed.current !== current) setDraft(current);
    typed.current = undefined;
  }, [current]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (value: string) => {
    setDraft(value);
    clearTimeout(timer.current);
    if (!isValid(value)) return;
    timer.current = setTimeout(() => {
      const word = searchWord(value.trim());
      if (word !== value.trim()) setDraft(word);
      typed.current = word;
      change({ [name]: word, cursor: undefined });
    }, PAUSE_MS);
  };
  return [draft, type];
}
