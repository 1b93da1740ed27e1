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

interface Series<Name extends string, Counted> {
  readonly labels: Labels<Name>;
  readonly counted: Counted;
}

/** By the value of one label after the other: no text has to be put together for a look. */
type Index<Found> = Map<string, Index<Found> | Found>;

export class SeriesBook<Name extends string, Counted extends object> {
  readonly #options: SeriesBookOptions<Name, Counted>;
  #index: Index<Series<Name, Counted>> = new Map();
  #all: Series<Name, Counted>[] = [];

  constructor(options: SeriesBookOptions<Name, Counted>) {
    this.#options = options;
  }

  /** Where to count for these values. */
  of(labels: Labels<Name>): Counted {
    const known = this.#find(labels);
    if (known !== undefined) return known.counted;
    return this.#all.length < this.#options.max ? this.#add(labels) : this.#folded(labels);
  }

  all(): Iterable<Series<Name, Counted>> {
    return this.#all;
  }

  /** Drops every set that is of no interest any more. */
  retain(isKept: (labels: Labels<Name>) => boolean): void {
    this.#all = this.#all.filter(({ labels }) => isKept(labels));
    this.#index = new Map();
    for (const series of this.#all) this.#place(series);
  }

  #find(labels: Labels<Name>): Series<Name, Counted> | undefined {
    let node: Index<Series<Name, Counted>> | Series<Name, Counted> | undefined = this.#index;
    for (const name of this.#options.labels) node = node instanceof Map ? node.get(labels[name]) : undefined;
    return node instanceof Map ? undefined : node;
  }

  #folded(labels: Labels<Name>): Counted {
    const folded: Record<Name, string> = { ...labels };
    for (const name of this.#options.folded) folded[name] = OTHER;
    return this.#find(folded)?.counted ?? this.#add(folded);
  }

  #add(labels: Labels<Name>): Counted {
    const series = { labels, counted: this.#options.make() };
    this.#all.push(series);
    this.#place(series);
    return series.counted;
  }

  #place(series: Series<Name, Counted>): void {
    const names = this.#options.labels;
    let node = this.#index;
    for (const [at, name] of names.entries()) {
      const value = series.labels[name];
      if (at === names.length - 1) {
        node.set(value, series);
        return;
      }
      const next = node.get(value);
      const below: Index<Series<Name, Counted>> = next instanceof Map ? next : new Map();
      node.set(value, below);
      node = below;
    }
  }
}
