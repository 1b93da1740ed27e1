// A value that others are told of when it changes.
import { useEffect, useState } from "preact/hooks";

export class Observable<Value> {
  #value: Value;
  readonly #listeners = new Set<(value: Value) => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Gives what ends it. */
  listen(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** The value now; the component is drawn anew when it changes. */
export function useObservable<Value>(observable: Observable<Value>): Value {
  const [value, setValue] = useState(() => observable.value);
  useEffect(() => {
    // It may have changed between the first drawing and this.
    setValue(() => observable.value);
    return observable.listen((next) => setValue(() => next));
  }, [observable]);
  return value;
}
