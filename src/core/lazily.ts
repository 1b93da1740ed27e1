// Makes something when it is first needed: what a command never needs must not slow its start.

/** A function that makes a value with its first call and gives the same from then on. */
export function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
