// Lets changes through now and then only: figures of a busy daemon need not be asked for with each request.
import { useEffect, useRef, useState } from "preact/hooks";

/** The value, at most once in `quietMs`; the last one always comes through. */
export function useCalm<Value>(value: Value, quietMs: number): Value {
  const [calm, setCalm] = useState(() => value);
  const passedAt = useRef(0);
  useEffect(() => {
    const pass = () => {
      passedAt.current = performance.now();
      setCalm(() => value);
    };
    const leftMs = passedAt.current + quietMs - performance.now();
    if (leftMs <= 0) {
      pass();
      return;
    }
    const timer = setTimeout(pass, leftMs);
    return () => clearTimeout(timer);
  }, [value, quietMs]);
  return calm;
}
