// What the keyboard does in the table of keys (WAI-ARIA Authoring Practices, grid pattern with rows as its units).

export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

export interface TablePlace {
  /** The row that the keyboard acts on. */
  readonly active: number;
  /** Rows of a page. */
  readonly page: number;
  readonly total: number;
}

export interface TableMove {
  /** The row that is active then. */
  readonly to?: number;
  /** `range`: with all rows from the one that was chosen last. */
  readonly chooses?: "one" | "range";
  readonly choosesAll?: boolean;
  readonly opens?: boolean;
}

/** Undefined for a key that means nothing here. */
export function moveFor(
  { key, shiftKey, ctrlKey, metaKey, altKey }: KeyPress,
  place: TablePlace,
): TableMove | undefined {
  if (altKey || place.total === 0) return undefined;
  const isCommand = ctrlKey || metaKey;
  if (isCommand) return key.toLowerCase() === "a" ? { choosesAll: true } : undefined;
  if (key === " ") return { chooses: shiftKey ? "range" : "one" };
  if (key === "Enter") return { opens: true };
  if (key === "Escape") return { choosesAll: false };
  const to = targetOf(key, place);
  if (to === undefined) return undefined;
  return shiftKey ? { to, chooses: "range" } : { to };
}

function targetOf(key: string, { active, page, total }: TablePlace): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: total - 1,
  };
  const to = steps[key];
  return to === undefined ? undefined : Math.max(0, Math.min(total - 1, to));
}
