// Lets a change through once what the one before has begun is over.
import { useEffect, useState } from "preact/hooks";

/** The newest value, but for as long as it is busy: what changes each second would else never come to an end. */
export function useSettled<Value>(value: Value, isBusy: boolean): Value {
  const [settled, setSettled] = useState(() => value);
  useEffect(() => {
    if (!isBusy) setSettled(() => value);
  }, [value, isBusy]);
  return settled;
}
