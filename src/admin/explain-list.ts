// Goes through the keys of a route, which may be 100,000: counts all, and keeps those that are listed.
import type { Explanation, Obstacle } from "../balancer/explanation.ts";
import { inSlices } from "../core/slices.ts";
import { choiceOf } from "./explain-rows.ts";

export interface ExplainedList {
  readonly keys: readonly Explanation[];
  readonly choices: Readonly<Record<"picked" | "usable" | "skipped", number>>;
  readonly reasons: { readonly code: Obstacle["code"]; readonly keys: number }[];
}

/** In slices. With a `limit` those that would serve are listed first, else all in the order of the route. */
export async function listExplained(
  all: Iterable<Explanation>,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<ExplainedList> {
  const choices = { picked: 0, usable: 0, skipped: 0 };
  const reasons = new Map<Obstacle["code"], number>();
  const kept = new Kept(limit);
  for await (const slice of inSlices(all)) {
    signal.throwIfAborted();
    for (const key of slice) {
      choices[choiceOf(key)] += 1;
      for (const code of new Set(key.obstacles.map((obstacle) => obstacle.code)))
        reasons.set(code, (reasons.get(code) ?? 0) + 1);
      kept.add(key);
    }
  }
  const counted = Array.from(reasons, ([code, keys]) => ({ code, keys }));
  return { keys: kept.list(), choices, reasons: counted.toSorted((a, b) => b.keys - a.keys) };
}

class Kept {
  readonly #limit: number | undefined;
  readonly #first: Explanation[] = [];
  readonly #usable: Explanation[] = [];
  readonly #skipped: Explanation[] = [];

  constructor(limit: number | undefined) {
    this.#limit = limit;
  }

  add(key: Explanation): void {
    if (this.#limit === undefined || key.isPicked) this.#first.push(key);
    else if (key.isUsable) keep(key, this.#usable, this.#limit);
    else keep(key, this.#skipped, this.#limit);
  }

  list(): readonly Explanation[] {
    const all = [...this.#first, ...this.#usable, ...this.#skipped];
    return this.#limit === undefined ? all : all.slice(0, this.#limit);
  }
}

function keep(key: Explanation, list: Explanation[], most: number): void {
  if (list.length < most) list.push(key);
}
