// Keys that share one upstream limit: an organisation, a project, or what an operator says.

import type { Forms } from "./limits/refill-form.ts";
import { LruMap } from "./lru-map.ts";
import { Part } from "./part.ts";
import { ProbeSlot } from "./probe-slot.ts";
import { Rests } from "./rests.ts";
import type { GroupState } from "./state.ts";

const MOST_MODELS = 1_000;

/** The health and the limits that the keys of a group have in common. */
export class QuotaGroup {
  /** For reports: `org-2`, or `organization of KEY` where only the provider knows its name. */
  readonly name: string;
  readonly rests = new Rests();
  readonly probe = new ProbeSlot();
  readonly #forms: Forms;
  readonly #parts = new LruMap<string, Part>(MOST_MODELS);

  constructor(name: string, forms: Forms) {
    this.name = name;
    this.#forms = forms;
  }

  part(modelKey: string): Part | undefined {
    return this.#parts.get(modelKey);
  }

  parts(): IterableIterator<[string, Part]> {
    return this.#parts.entries();
  }

  touchPart(modelKey: string, now: number): Part {
    const known = this.#parts.get(modelKey) ?? new Part(this.#forms);
    this.#parts.set(modelKey, known);
    this.#parts.sweep((part) => part !== known && part.isOver(now));
    return known;
  }

  /** What a restart must not forget. */
  toState(now: number): GroupState | undefined {
    const models = [...this.#parts.entries()].flatMap(([model, { rests }]) => {
      const states = rests.toStates(now);
      return states === undefined ? [] : [[model, states] as const];
    });
    const rests = this.rests.toStates(now);
    if (rests === undefined && models.length === 0) return undefined;
    return { rests, models: models.length === 0 ? undefined : Object.fromEntries(models) };
  }

  restore({ rests, models }: GroupState, now: number): void {
    if (rests !== undefined) this.rests.restore(rests, now);
    for (const [model, states] of Object.entries(models ?? {})) this.touchPart(model, now).rests.restore(states, now);
  }

  /** An operator clears it. */
  reset(): void {
    this.rests.clearAll();
    for (const [model] of this.#parts.entries()) this.clearModel(model);
  }

  clearModel(modelKey: string): void {
    const part = this.#parts.get(modelKey);
    part?.rests.clearAll();
    part?.meter.clear();
  }

  /** Shortens every rest that ends later than `latest`. */
  capRests(latest: number): void {
    this.rests.cap(latest);
    for (const [, { rests }] of this.#parts.entries()) rests.cap(latest);
  }

  /** After the clock went back: nothing lasts longer than it did. */
  rebase(now: number): void {
    this.rests.rebase(now);
    this.probe.rebase(now);
    for (const [, part] of this.#parts.entries()) part.rebase(now);
  }
}
