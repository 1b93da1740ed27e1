// What is counted for each set of label values, for a bounded number of sets.
import { OTHER } from "./bounded-names.ts";

export type Labels<Name extends string> = Readonly<Record<Name, string>>;

export interface SeriesBookOptions<Name extends string, Counted> {
  readonly labels: readonly Name[];
  readonly make: () => Counted;
  /** How many sets there are at most, besides those that stand for others. */
  readonly max: number;
  /** The labels whose values become `other` for sets beyond that. */
  readonly folded: readonly Name[];
}

export class SeriesBook<Name extends string, Counted> {
  readonly #options: SeriesBookOptions<Name, Counted>;
  readonly #series = new Map<string, { readonly labels: Labels<Name>; readonly counted: Counted }>();

  constructor(options: SeriesBookOptions<Name, Counted>) {
    this.#options = options;
  }

  /** Where to count for these values. */
  of(labels: Labels<Name>): Counted {
    const known = this.#series.get(this.#key(labels));
    if (known !== undefined) return known.counted;
    return this.#series.size < this.#options.max ? this.#add(labels) : this.#folded(labels);
  }

  all(): Iterable<{ readonly labels: Labels<Name>; readonly counted: Counted }> {
    return this.#series.values();
  }

  /** Drops every set that is of no interest any more. */
  retain(isKept: (labels: Labels<Name>) => boolean): void {
    for (const [key, { labels }] of this.#series) if (!isKept(labels)) this.#series.delete(key);
  }

  #folded(labels: Labels<Name>): Counted {
    const folded: Record<Name, string> = { ...labels };
    for (const name of this.#options.folded) folded[name] = OTHER;
    return this.#series.get(this.#key(folded))?.counted ?? this.#add(folded);
  }

  #add(labels: Labels<Name>): Counted {
    const counted = this.#options.make();
    this.#series.set(this.#key(labels), { labels, counted });
    return counted;
  }

  #key(labels: Labels<Name>): string {
    let key = "";
    for (const name of this.#options.labels) key += `${labels[name]}\n`;
    return key;
  }
}
