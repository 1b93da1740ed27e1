// A version is cut in a repository, and its tag is checked as the release does; what is wrong changes nothing.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ROOT = join(import.meta.dir, "../..");
const FILES = ["package.json", "CHANGELOG.md", "README.md", "deploy/kubernetes.yaml"];
const SCRIPTS = ["cut-version", "release-notes", "changelog"].map((name) => `scripts/${name}.ts`);
const CHANGELOG = "# Changelog\n\n## Unreleased\n\n- News\n\n## 12.0.0 - 2027-01-15\n\n- Before\n";
const ENV = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ob-cut-"));
  for (const name of [...FILES, ...SCRIPTS]) cpSync(join(ROOT, name), join(root, name));
  // The version before this one, in each of the files.
  const { version } = JSON.parse(read("package.json")) as { readonly version: string };
  for (const name of FILES) writeFileSync(join(root, name), read(name).replaceAll(version, "12.0.0"));
  writeFileSync(join(root, "CHANGELOG.md"), CHANGELOG);
  for (const args of [
    ["init", "--quiet"],
    ["add", "."],
    ["commit", "--quiet", "--message", "all"],
  ])
    git(...args);
});
afterEach(() => rmSync(root, { recursive: true }));

function read(name: string): string {
  return readFileSync(join(root, name), "utf8");
}

function run(command: readonly string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd: root, env: ENV });
  return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
}

function git(...args: readonly string[]): string {
  const { code, out, err } = run(["git", ...args]);
  if (code !== 0) throw new Error(err);
  return out.trim();
}

function script(name: string, ...args: readonly string[]) {
  return run([process.execPath, "--no-env-file", join(root, `scripts/${name}.ts`), ...args]);
}

describe("npm run cut", () => {
  test.each(["12.0.1", "13.0.0-rc.1"])("puts %s everywhere, and tags it", (version) => {
    expect(script("cut-version", version)).toMatchObject({ code: 0, err: "" });
    for (const name of FILES) expect([name, read(name)]).toEqual([name, expect.stringContaining(version)]);
    for (const name of FILES.slice(2))
      expect([name, read(name)]).toEqual([name, expect.not.stringContaining("12.0.0")]);
    expect(git("status", "--porcelain")).toBe("");
    expect(git("rev-parse", `v${version}^{commit}`)).toBe(git("rev-parse", "HEAD"));
    expect(git("cat-file", "-t", `v${version}`)).toBe("tag");
    expect(script("release-notes", `v${version}`)).toEqual({ code: 0, out: "- News\n", err: "" });
  });

  test.each<[string, string, (() => void)?]>([
    ["12.0", "is no version such as 1.2.3"],
    ["", "is no version such as 1.2.3"],
    ["12.0.0", 'has a section "## 12.0.0" already'],
    ["11.9.9", "11.9.9 is older than 12.0.0"],
    ["12.0.0-rc.1", "12.0.0-rc.1 is older than 12.0.0"],
    ["12.0.1", "changes that are not committed", () => writeFileSync(join(root, "new"), "")],
    ["12.0.1", "there is a tag v12.0.1 already", () => git("tag", "v12.0.1")],
    ["12.0.2", 'The section "## Unreleased" of CHANGELOG.md is empty', () => script("cut-version", "12.0.1")],
  ])("refuses %j: %s", (version, message, before) => {
    before?.();
    const state = () => [git("status", "--porcelain"), git("rev-parse", "HEAD"), git("tag", "--list")];
    const was = state();
    const { code, err } = script("cut-version", version);
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
    expect(err).toStartWith("Cannot cut a version: ");
    expect(state()).toEqual(was);
  });
});

test.each<[string, string, string]>([
  ["v12.0.1", CHANGELOG, 'The tag is "v12.0.1", but package.json has the version 12.0.0'],
  ["12.0.0", CHANGELOG, 'The tag is "12.0.0", but'],
  ["", CHANGELOG, 'The tag is "", but'],
  ["v12.0.0", "## Unreleased\n\n- News\n", 'CHANGELOG.md has no section "## 12.0.0"'],
  ["v12.0.0", "## 12.0.0 - 2027-01-15\n\n## 11.0.0\n\n- Before\n", 'The section "## 12.0.0" of CHANGELOG.md is empty'],
])("release-notes refuses %j of %j", (tag, changelog, message) => {
  writeFileSync(join(root, "CHANGELOG.md"), changelog);
  expect(script("release-notes", tag)).toEqual({ code: 1, out: "", err: expect.stringContaining(message) });
});
