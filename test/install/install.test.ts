// install.sh against a local server, in every POSIX shell that there is: installs, upgrades, and refuses what is wrong.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { ABSENT, Releases, SCRIPT, SHELLS } from "./releases.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ARCHIVE = "latest/download/openai-balance-linux-x64.tar.gz";
const SUMS = "latest/download/SHA256SUMS";

let releases: Releases;
beforeEach(() => {
  releases = new Releases();
});
afterEach(() => releases[Symbol.dispose]());

describe.each(SHELLS)("in %s", (_, shell) => {
  test("installs the latest version with its manual page, and says what to do for PATH", async () => {
    const { code, text } = await releases.run(shell);
    const { place, page } = releases;
    expect([code, releases.installed()]).toEqual([0, "openai-balance 1.2.3 linux-x64"]);
    expect(text).toContain(`Installed openai-balance 1.2.3 linux-x64 as ${place}/openai-balance`);
    expect(text).toContain(`export PATH="${place}:$PATH"`);
    expect(readFileSync(page, "utf8")).toBe(".TH 1.2.3\n");
    expect(releases.leftovers()).toEqual([]);
    expect(releases.asked).toEqual([`/${SUMS}`, `/${ARCHIVE}`]);
  });

  test("upgrades in place, to a version that is named, in a folder that is named", async () => {
    const place = join(releases.folder, "with a space");
    for (const [args, version] of [
      [["--version", "v1.0.0", "--dir", place], "1.0.0"],
      [[`--dir=${place}/`], "1.2.3"],
      [["--version=1.0.0", "--dir", "with a space"], "1.0.0"],
    ] as const) {
      const { code, text } = await releases.run(shell, args);
      expect([code, releases.installed(place)]).toEqual([0, `openai-balance ${version} linux-x64`]);
      expect(text).toContain(`export PATH="${place}:$PATH"`);
    }
    expect(releases.leftovers(place)).toEqual([]);
  });

  test("removes it again, and says what is not there", async () => {
    await releases.run(shell);
    const removed = await releases.run(shell, ["--uninstall"]);
    expect([removed.code, releases.installed(), existsSync(releases.page)]).toEqual([0, undefined, false]);
    expect(removed.text).toContain("Configuration and data stay");
    const again = await releases.run(shell, ["--uninstall"]);
    expect([again.code, again.text]).toEqual([1, expect.stringMatching(/^Cannot uninstall .* does not exist$/m)]);
    symlinkSync("nowhere", join(releases.place, "openai-balance"));
    expect(await releases.run(shell, ["--uninstall"])).toMatchObject({ code: 0 });
  });

  test("refuses a download that was changed, and leaves the version that is there", async () => {
    await releases.run(shell);
    releases.put(ARCHIVE, releases.archive("#!/bin/sh\necho evil\n"));
    const { code, text } = await releases.run(shell);
    expect([code, releases.installed()]).toEqual([1, "openai-balance 1.2.3 linux-x64"]);
    expect(text).toContain("the SHA-256 of openai-balance-linux-x64.tar.gz is wrong");
    expect(releases.leftovers()).toEqual([]);
  });

  test("refuses a download that was cut off", async () => {
    const whole = await releases.bytesOf(ARCHIVE);
    releases.put(ARCHIVE, whole.slice(0, whole.length / 2));
    const { code, text } = await releases.run(shell);
    expect([code, releases.installed()]).toEqual([1, undefined]);
    expect(text).toContain("is wrong: the download was cut off or changed");
    expect(releases.leftovers()).toEqual([]);
  });

  test("a script that was cut off anywhere does nothing", async () => {
    const script = readFileSync(SCRIPT, "utf8").trimEnd();
    const lines = [...script.matchAll(/\n/g)].map(({ index }) => index);
    const atEnd = Array.from({ length: 20 }, (_, index) => script.length - 1 - index);
    for (const end of new Set([...lines, ...atEnd])) {
      const { text } = await releases.run(shell, ["--version", "1.0.0"], { script: script.slice(0, end) });
      expect([end, releases.asked, text]).toEqual([end, [], expect.not.stringContaining("Cannot install")]);
    }
    expect(existsSync(releases.place)).toBe(false);
  });

  test("says what is missing where a version is not there, or has no build", async () => {
    const { code, text } = await releases.run(shell, ["--version", "9.9.9"]);
    expect([code, text]).toEqual([1, expect.stringContaining("/download/v9.9.9/SHA256SUMS cannot be downloaded")]);
    expect(text).toContain("404");
    releases.put(SUMS, "0  openai-balance-linux-x64.tar.gz.old\n<html>openai-balance-linux-x64.tar.gz</html>\n");
    const none = await releases.run(shell);
    expect([none.code, none.text]).toEqual([1, expect.stringContaining("SHA256SUMS does not name")]);
    expect(releases.leftovers()).toEqual([]);
  });

  test("says what to do where the folder cannot be written to", async () => {
    const file = join(releases.folder, "file");
    writeFileSync(file, "");
    for (const place of [join(file, "below"), "/proc/nowhere"]) {
      const { code, text } = await releases.run(shell, ["--dir", place]);
      expect([code, text]).toEqual([1, expect.stringContaining("name a folder of your own with --dir")]);
    }
    const { code, text } = await releases.run(shell, ["--dir", file]);
    expect([code, text]).toEqual([1, expect.stringContaining("is no folder")]);
  });

  test("installs without a manual page where it has none, or cannot write it", async () => {
    mkdirSync(join(releases.folder, "x/bin"), { recursive: true });
    writeFileSync(join(releases.folder, "x/share"), "");
    const { code, text } = await releases.run(shell, ["--dir", "x/bin"]);
    expect([code, text]).toEqual([0, expect.stringContaining("The manual page is left out: ")]);
    releases.put(SUMS, releases.put(ARCHIVE, releases.archive("#!/bin/sh\necho old\n")));
    const old = await releases.run(shell, ["--dir", "x/bin"]);
    expect([old.code, old.text]).toEqual([0, expect.not.stringContaining("manual page")]);
  });

  test("says why an archive cannot be unpacked", async () => {
    releases.put(SUMS, releases.put(ARCHIVE, "no archive"));
    const { code, text } = await releases.run(shell);
    expect([code, text]).toEqual([1, expect.stringMatching(/cannot be unpacked\n.*(?:gzip|magic)/)]);
    expect(releases.leftovers()).toEqual([]);
  });

  test.each<[string, string]>([
    ["linux-x64", "it needs glibc 2.17 or newer"],
    ["linux-x64-musl", "apk add libstdc++"],
  ])("refuses a build for %s that does not run here, and leaves the version that is there", async (target, need) => {
    await releases.run(shell);
    const archive = releases.archive("#!/bin/sh\necho 'GLIBC_2.99 not found' >&2; exit 1\n");
    releases.put(SUMS, releases.put(`latest/download/openai-balance-${target}.tar.gz`, archive));
    const root = target.endsWith("musl") ? { "lib/ld-musl-x86_64.so.1": "" } : undefined;
    const { code, text } = await releases.run(shell, [], root && { root });
    expect([code, releases.installed()]).toEqual([1, "openai-balance 1.2.3 linux-x64"]);
    for (const part of ["GLIBC_2.99 not found", need]) expect(text).toContain(part);
    expect(releases.leftovers()).toEqual([]);
  });

  test.each<[string, string]>([
    ["--versoin", "there is no option --versoin"],
    ["--version", "--version needs a value"],
    ["--version=", "--version needs a value"],
    ["--dir", "--dir needs a value"],
    ["--version ../../etc", '"../../etc" is no version'],
    ["--version v", '"v" is no version'],
    ["--version newest", '"newest" is no version'],
  ])("refuses %s", async (words, message) => {
    const { code, text } = await releases.run(shell, words.split(" "));
    expect([code, releases.asked]).toEqual([1, []]);
    expect(text).toContain(`Cannot install openai-balance: ${message}\n`);
  });
});

for (const program of ABSENT) test.skip(`in ${program} (skipped: there is no ${program} here)`, () => {});

const hasShellcheck = Bun.which("shellcheck") !== null;
const title = hasShellcheck ? "" : " (skipped: there is no shellcheck here)";
test.skipIf(!hasShellcheck)(`shellcheck finds nothing${title}`, () => {
  const { exitCode, stdout } = Bun.spawnSync([
    "shellcheck",
    SCRIPT,
    join(import.meta.dir, "../../scripts/try-archive.sh"),
  ]);
  expect([exitCode, stdout.toString()]).toEqual([0, ""]);
});
