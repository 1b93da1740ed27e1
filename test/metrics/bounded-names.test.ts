// Names from outside have a bounded number of places.
import { expect, test } from "bun:test";
import { FirstNames, ModelNames } from "../../src/metrics/bounded-names.ts";

const namesOf = (isKnown: (name: string) => boolean, limits = {}) =>
  new ModelNames({ isKnown, redact: (text) => text, ...limits });

test("FirstNames gives places to the first and keeps them", () => {
  const names = new FirstNames(2);
  expect(["a", "b", "c", "a", "c"].map((name) => names.label(name))).toEqual(["a", "b", "other", "a", "other"]);
});

test("ModelNames: those that nobody knows take none of the places of those that are known", () => {
  const names = namesOf((name) => name.startsWith("known"), { maxUnknown: 2 });
  const labels = ["x", "y", "z", "known-1", "x"].map((name) => names.label(name, true));
  expect(labels).toEqual(["x", "y", "other", "known-1", "x"]);
});

test("ModelNames: a name that was served has its place also where it fails later", () => {
  const names = namesOf(() => false);
  expect([names.label("m", false), names.label("m", true), names.label("m", false)]).toEqual(["other", "m", "m"]);
});

test("ModelNames has an end also for names that are known", () => {
  const names = namesOf(() => true, { max: 3 });
  const labels = Array.from({ length: 5 }, (_, index) => names.label(`m${index}`, true));
  expect(labels).toEqual(["m0", "m1", "m2", "other", "other"]);
});

test("ModelNames cuts long names, and what is no text", () => {
  const names = namesOf(() => true);
  expect(names.label("x".repeat(1_000), true)).toHaveLength(200);
  expect(names.label("a\ud800", true)).toBe("a\ufffd");
  expect(names.label(undefined, true)).toBe("none");
});
