// Names that come from outside, as label values: a bounded number of them, the rest as one.

/** What stands for every name that has no place. */
export const OTHER = "other";
/** What stands for a name where there is none. */
export const NONE = "none";

/** Longer ones are cut off. */
const MAX_LENGTH = 200;

/** The first names that come have places. */
export class FirstNames {
  readonly #max: number;
  readonly #names = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  label(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#max) return OTHER;
    this.#names.add(name);
    return name;
  }
}

export interface ModelNamesOptions {
  /** Whether the configuration or a provider's list has the name. */
  readonly isKnown: (name: string) => boolean;
  readonly redact: (text: string) => string;
  /** How many names may have a place in all. @default 1000 */
  readonly max?: number;
  /** How many of them may be names that are not known. @default 100 */
  readonly maxUnknown?: number;
}

/** A name that is known has a place, and so do the first of the others for which a provider answered. */
export class ModelNames {
  readonly #isKnown: (name: string) => boolean;
  readonly #redact: (text: string) => string;
  readonly #max: number;
  readonly #labels = new Map<string, string>();
  #unknownLeft: number;

  constructor({ isKnown, redact, max = 1_000, maxUnknown = 100 }: ModelNamesOptions) {
    this.#isKnown = isKnown;
    this.#redact = redact;
    this.#max = max;
    this.#unknownLeft = maxUnknown;
  }

  /** `isServed`: whoever was asked for it had it. */
  label(name: string | undefined, isServed: boolean): string {
    if (name === undefined) return NONE;
    return this.#labels.get(name) ?? this.#placeOf(name, isServed);
  }

  #placeOf(name: string, isServed: boolean): string {
    if (this.#labels.size >= this.#max) return OTHER;
    if (!this.#isKnown(name)) {
      if (!isServed || this.#unknownLeft === 0) return OTHER;
      this.#unknownLeft -= 1;
    }
    const label = this.#redact(name.slice(0, MAX_LENGTH).toWellFormed());
    this.#labels.set(name, label);
    return label;
  }
}
