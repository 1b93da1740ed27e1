// Tests that something is made of an object once, and that the object does not show it.
import { expect, test } from "bun:test";
import { onceForEach } from "../../src/core/once-for-each.ts";

test("onceForEach makes one result for each object, also where that is undefined", () => {
  const made: object[] = [];
  const of = onceForEach((key: object) => {
    made.push(key);
    return undefined;
  });
  const [one, other] = [{}, {}];
  for (const key of [one, other, one, other]) expect(of(key)).toBeUndefined();
  expect(made).toEqual([one, other]);
});

test("onceForEach keeps what two functions make of one object apart", () => {
  const key = { name: "k" };
  const upper = onceForEach(({ name }: typeof key) => [name.toUpperCase()]);
  const twice = onceForEach(({ name }: typeof key) => [name + name]);
  expect([upper(key), twice(key)]).toEqual([["K"], ["kk"]]);
  expect(upper(key)).toBe(upper(key));
});

test("onceForEach leaves an object as it is seen, and takes one that is frozen", () => {
  const key = Object.freeze({ name: "k" });
  const of = onceForEach(() => ({}));
  expect(of(key)).toBe(of(key));
  expect(JSON.stringify(key)).toBe('{"name":"k"}');
  expect(Reflect.ownKeys(key)).toEqual(["name"]);
  expect({ ...key }).toEqual({ name: "k" });
  expect(of({ ...key })).not.toBe(of(key));
});

test("onceForEach costs the collector nothing where there are many objects", async () => {
  const { heapStats } = await import("bun:jsc");
  const before = heapStats().objectTypeCounts.WeakMap ?? 0;
  const functions = Array.from({ length: 20 }, () => onceForEach(() => ({})));
  for (const of of functions) of({});
  expect((heapStats().objectTypeCounts.WeakMap ?? 0) - before).toBeLessThan(functions.length);
});
