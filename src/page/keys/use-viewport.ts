// How far a scrolled element is scrolled, and how large it is: what is needed to draw only the rows that are seen.
import type { RefObject } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { Viewport } from "./loaded-rows.ts";

/** Below this width a row is a card of some lines; in the user's own size of letters, as all of these. */
const COMPACT_BELOW_REM = 45;
/** As `keys.css` has them. */
const ROW_REM = 3.25;
const CARD_REM = 7;

export interface ShownViewport extends Viewport {
  readonly isCompact: boolean;
}

/** Also gives what must be called when the element is scrolled. `head`: what covers its top. */
export function useViewport(
  element: RefObject<HTMLElement | null>,
  head: RefObject<HTMLElement | null>,
): readonly [ShownViewport, () => void] {
  const [viewport, setViewport] = useState<ShownViewport>(FIRST);
  const measure = useCallback(() => {
    if (element.current === null) return;
    const { scrollTop, clientHeight, clientWidth } = element.current;
    const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const isCompact = clientWidth < COMPACT_BELOW_REM * remPx;
    const height = Math.max(0, clientHeight - (head.current?.offsetHeight ?? 0));
    const next = { scrollTop, height, isCompact, rowHeight: (isCompact ? CARD_REM : ROW_REM) * remPx };
    setViewport((before) => (isSame(before, next) ? before : next));
  }, [element, head]);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element.current);
    measure();
    return () => observer.disconnect();
  }, [element, measure]);
  return [viewport, measure];
}

const FIRST: ShownViewport = { scrollTop: 0, height: 600, rowHeight: 52, isCompact: false };

function isSame(a: ShownViewport, b: ShownViewport): boolean {
  return (
    a.scrollTop === b.scrollTop && a.height === b.height && a.rowHeight === b.rowHeight && a.isCompact === b.isCompact
  );
}
