// What failures of the system are called.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { errorCode, ioFault } from "../../src/core/io-fault.ts";
import { scratchFolder } from "./scratch-folder.ts";

type Place = "nothing" | "a file" | "a folder";

describe("ioFault says in words what the system refused:", () => {
  test.each<[string, Place, (path: string) => unknown]>([
    ["it does not exist", "nothing", (path) => readFileSync(path)],
    ["it is a folder", "a folder", (path) => readFileSync(path)],
    ["it is a folder", "a folder", (path) => rm(path, { force: true })],
    ["a part of the path is no folder", "a file", (path) => readFileSync(`${path}/x`)],
    ["it exists already", "a file", (path) => writeFileSync(path, "", { flag: "wx" })],
    ["the path is too long", "nothing", (path) => readFileSync(path.padEnd(9_000, "x"))],
  ])("%s", async (words, place, fail) => {
    using folder = scratchFolder();
    if (place === "a file") writeFileSync(folder.at("x"), "");
    if (place === "a folder") mkdirSync(folder.at("x"));
    const failure = await (async () => fail(folder.at("x")))().catch((error: unknown) => error);
    expect(ioFault(failure)).toBe(words);
  });
});

test.each<[string, unknown, string | undefined, string]>([
  ["an error", Object.assign(new Error("x"), { code: "EACCES" }), "EACCES", "permission denied"],
  ["what only has a code", { code: "ENOSPC" }, "ENOSPC", "no space left on the disk"],
  ["a code without words", { code: "ESTRANGE" }, "ESTRANGE", "ESTRANGE"],
  ["a code that is none", { code: 13 }, undefined, "an internal error"],
  ["an error without a code", new Error("x"), undefined, "an internal error"],
  ["a text", "EACCES", undefined, "an internal error"],
  ["null", null, undefined, "an internal error"],
  ["nothing", undefined, undefined, "an internal error"],
])("errorCode and ioFault of %s", (_what, error, code, words) => {
  expect(errorCode(error)).toBe(code as string);
  expect(ioFault(error)).toBe(words);
});
