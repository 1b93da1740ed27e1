// Counts keys by what state they are in, some at a time.
import { inSlices } from "../core/slices.ts";
import type { KeyGlance, KeyStateName, PoolGlance } from "./contract.ts";

/** What a rule disabled is a fault; what an operator did is none. */
export type ShownKeyState = KeyStateName | "disabled_by_rule";
type PartState = KeyGlance["parts"][number]["state"];

/** `firstBackMs`, `lastBackMs`: until the first and the last of what cools down is back. */
export interface PoolFigures extends Omit<PoolGlance, "keys"> {
  readonly keys: Record<ShownKeyState, number>;
  readonly parts: Record<PartState, number>;
  inFlight: number;
  firstBackMs: number;
  lastBackMs: number;
  /** Only where each key is asked for. */
  readonly each: { readonly id: string; readonly name: string; readonly state: ShownKeyState }[];
}

export interface PoolFiguresOptions {
  readonly now: number;
  /** How each single key is shown, where that is wanted at all. */
  readonly nameOf?: ((key: KeyGlance) => string) | undefined;
  /** Hears of each key with what it was counted as. */
  readonly onKey?: ((key: KeyGlance, state: ShownKeyState, provider: string) => void) | undefined;
}

/** A turn of the event loop passes between two slices of keys. */
export async function poolFigures(
  pools: readonly PoolGlance[],
  { now, nameOf, onKey }: PoolFiguresOptions,
): Promise<PoolFigures[]> {
  const all = pools.map(({ keys, ...pool }) => ({ keys, figures: emptyFigures(pool) }));
  for await (const slice of inSlices(eachKey(all))) {
    for (const { key, figures } of slice) {
      const state = key.isOutByRule ? "disabled_by_rule" : key.state;
      figures.keys[state] += 1;
      countKey(figures, key, now);
      if (nameOf !== undefined) figures.each.push({ id: key.id, name: nameOf(key), state });
      onKey?.(key, state, figures.provider);
    }
  }
  return all.map(({ figures }) => figures);
}

function* eachKey(pools: readonly { readonly keys: Iterable<KeyGlance>; readonly figures: PoolFigures }[]) {
  for (const { keys, figures } of pools) for (const key of keys) yield { key, figures };
}

function emptyFigures(pool: Omit<PoolGlance, "keys">): PoolFigures {
  return {
    ...pool,
    keys: { ready: 0, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0, disabled_by_rule: 0 },
    parts: { cooling: 0, blocked: 0, exhausted: 0, half_open: 0 },
    inFlight: 0,
    firstBackMs: 0,
    lastBackMs: 0,
    each: [],
  };
}

function countKey(figures: PoolFigures, { state, until, parts, inFlight }: KeyGlance, now: number): void {
  figures.inFlight += inFlight;
  if (state === "cooling") countCooling(figures, until, now);
  for (const part of parts) {
    figures.parts[part.state] += 1;
    if (part.state === "cooling") countCooling(figures, part.until, now);
  }
}

function countCooling(figures: PoolFigures, until = Number.POSITIVE_INFINITY, now: number): void {
  const leftMs = until - now;
  if (leftMs <= 0 || !Number.isFinite(leftMs)) return;
  figures.firstBackMs = figures.firstBackMs === 0 ? leftMs : Math.min(figures.firstBackMs, leftMs);
  figures.lastBackMs = Math.max(figures.lastBackMs, leftMs);
}
