// Makes a snapshot that nobody can change.

/** Freezes plain objects and lists all the way down, and takes the ways to change it from a Map. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    for (const entry of value.values()) deepFreeze(entry);
    for (const method of ["set", "delete", "clear"]) Object.defineProperty(value, method, { value: refuse });
  } else {
    for (const entry of Object.values(value)) deepFreeze(entry);
  }
  return Object.freeze(value);
}

function refuse(): never {
  throw new TypeError("Cannot change the configuration: it is a snapshot");
}
