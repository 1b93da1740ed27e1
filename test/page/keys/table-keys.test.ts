// What the keyboard does in the table of keys.
import { expect, test } from "bun:test";
import { moveFor, type TableMove } from "../../../src/page/keys/table-keys.ts";

const PLACE = { active: 50, page: 10, total: 100 };
const NO_MODIFIER = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };

test.each<[string, object, Partial<typeof PLACE>, TableMove | undefined]>([
  ["ArrowDown", {}, {}, { to: 51 }],
  ["ArrowDown", {}, { active: 99 }, { to: 99 }],
  ["ArrowUp", {}, {}, { to: 49 }],
  ["ArrowUp", {}, { active: 0 }, { to: 0 }],
  ["ArrowUp", { shiftKey: true }, {}, { to: 49, chooses: "range" }],
  ["PageDown", {}, {}, { to: 60 }],
  ["PageDown", {}, { active: 95 }, { to: 99 }],
  ["PageUp", {}, {}, { to: 40 }],
  ["Home", {}, {}, { to: 0 }],
  ["End", { shiftKey: true }, {}, { to: 99, chooses: "range" }],
  [" ", {}, {}, { chooses: "one" }],
  [" ", { shiftKey: true }, {}, { chooses: "range" }],
  ["Enter", {}, {}, { opens: true }],
  ["Escape", {}, {}, { choosesAll: false }],
  ["a", { ctrlKey: true }, {}, { choosesAll: true }],
  ["A", { metaKey: true }, {}, { choosesAll: true }],
  ["c", { ctrlKey: true }, {}, undefined],
  ["a", {}, {}, undefined],
  ["ArrowDown", { altKey: true }, {}, undefined],
  ["Home", {}, { total: 0 }, undefined],
])("%j with %j at %j", (key, modifiers, place, move) => {
  expect(moveFor({ key, ...NO_MODIFIER, ...modifiers }, { ...PLACE, ...place })).toEqual(move);
});
