// Makes something of an object once, as long as the object lives.

/**
 * A function that calls `make` once for each object and gives the same result from then on. What was made is written on
 * the object, in a private field that nobody else sees and that frozen objects take too. A `WeakMap` would do the same,
 * but the collector goes through all of one at each of its rounds, however little is new: with 100,000 keys in each of
 * three that is 2 % of a processor at rest, and a pause of 20 ms every time.
 */
export function onceForEach<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  class Marked extends Itself {
    readonly #made: Value;

    constructor(key: Key, made: Value) {
      super(key);
      this.#made = made;
    }

    static of(key: Key): Value {
      return #made in key ? key.#made : new Marked(key, make(key)).#made;
    }
  }
  return Marked.of;
}

/** Its `new` gives the object that it is given, so that fields of a class that extends it are added to that one. */
const Itself = function itself(key: object) {
  return key;
} as unknown as new (
  key: object,
) => object;
