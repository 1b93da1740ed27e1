// The builds of a release: what each file is by its first bytes, and that install.sh knows the same ones.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatOf, RELEASE_TARGETS } from "../../scripts/release-targets.ts";
import { packageOf, thirdPartyLicences } from "../../scripts/third-party.ts";

const ROOT = join(import.meta.dir, "../..");

function head(bytes: Readonly<Record<number, readonly number[]>>): Uint8Array {
  const buffer = new Uint8Array(1024);
  for (const [at, values] of Object.entries(bytes)) buffer.set(values, Number(at));
  return buffer;
}

test.each([
  ["ELF for x64", head({ 0: [0x7f, 0x45, 0x4c, 0x46], 18: [0x3e, 0] }), { kind: "ELF", machine: 0x3e }],
  ["ELF for ARM", head({ 0: [0x7f, 0x45, 0x4c, 0x46], 18: [0xb7, 0] }), { kind: "ELF", machine: 0xb7 }],
  ["Mach-O for ARM", head({ 0: [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1] }), { kind: "Mach-O", machine: 0x0100000c }],
  [
    "PE for x64",
    head({ 0: [0x4d, 0x5a], 60: [0x80], 128: [0x50, 0x45, 0, 0, 0x64, 0x86] }),
    { kind: "PE", machine: 0x8664 },
  ],
] as const)("formatOf knows %s", (_, bytes, format) => {
  expect(formatOf(bytes)).toEqual(format);
});

test.each([
  ["a script", head({ 0: [0x23, 0x21] })],
  ["a DOS program", head({ 0: [0x4d, 0x5a], 60: [0x80] })],
  ["one whose header is beyond the file", head({ 0: [0x4d, 0x5a], 60: [0xff, 0xff] })],
])("formatOf knows that %s is none", (_, bytes) => {
  expect(formatOf(bytes)).toBeUndefined();
});

test("the program that runs these tests is of this machine's format", () => {
  const bytes = new Uint8Array(readFileSync(process.execPath).subarray(0, 4096));
  const name = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const target = RELEASE_TARGETS.find((one) => one.name === name);
  expect(formatOf(bytes)).toEqual(target?.format);
});

test("install.sh names a build for every target but Windows", () => {
  const script = readFileSync(join(ROOT, "install.sh"), "utf8");
  const [, list = ""] = /^# (linux-x64, .*)$/m.exec(script) ?? [];
  const names = RELEASE_TARGETS.map(({ name }) => name).filter((name) => !name.startsWith("windows"));
  expect(list.split(", ").sort()).toEqual([...names].sort());
});

test.each([
  ["node_modules/pino/lib/a.js", "pino"],
  ["../node_modules/@inquirer/core/node_modules/mute-stream/index.js", "mute-stream"],
  ["node_modules/@inquirer/core/dist/index.js", "@inquirer/core"],
  ["src/main.ts", undefined],
])("%s is of %s", (path, name) => {
  expect(packageOf(path)).toBe(name as string);
});

test("thirdPartyLicences has the text for each package once", () => {
  const text = thirdPartyLicences(["node_modules/zod/a.js", "node_modules/zod/b.js", "node_modules/pino/a.js"]);
  expect(text.match(/^zod \d/gm)).toHaveLength(1);
  expect(text).toMatch(/^pino \d+\.\d+\.\d+ \(MIT\)$/m);
  expect(text).toContain("Permission is hereby granted");
});
