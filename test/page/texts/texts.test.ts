// Values stand in texts as they are, and turn no sentence around.
import { expect, test } from "bun:test";
import { t, textOf } from "../../../src/page/texts/texts.ts";

const revoked = (name: string) => t("tokens.revoked", { name });

test.each(["ci", "$& $1 {name}", "<b>", "团队"])("%s stands in a text as it is", (name) => {
  expect(revoked(name)).toBe(`${name} is revoked`);
});

test.each([
  ["a name in Hebrew", "צוות", "\u2068צוות\u2069 is revoked"],
  ["a name in Arabic", "فريق", "\u2068فريق\u2069 is revoked"],
  ["what turns the direction", "\u202etfel", "\u2068\u202etfel\u2069 is revoked"],
  ["what would end its own isolation", "\u2069\u202etfel", "\u2068\u202etfel\u2069 is revoked"],
])("%s keeps its direction to itself", (_, name, text) => {
  expect(revoked(name)).toBe(text);
});

test("numbers have separators, and choose the plural", () => {
  expect([t("tokens.count", { count: 1 }), t("tokens.count", { count: 12_345 })]).toEqual(["1 token", "12,345 tokens"]);
});

test("a text that there is not is none", () => {
  expect([textOf("states.ready"), textOf("states.nothing"), textOf("toString")]).toEqual([
    "Ready",
    undefined,
    undefined,
  ]);
});
