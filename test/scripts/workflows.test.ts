// The workflows: nothing that can change under us, and no more rights than needed.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const FOLDER = join(import.meta.dir, "../../.github/workflows");
const WORKFLOWS = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const);

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly "timeout-minutes"?: number }>>;
}

test.each(WORKFLOWS)("%s pins every action by its commit, with its version beside it", (_, text) => {
  const uses = [...text.matchAll(/uses: (.*)$/gm)].map(([, used = ""]) => used);
  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((used) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used))).toEqual([]);
});

test.each(WORKFLOWS)("%s has no right that a job does not ask for, and ends", (_, text) => {
  const { permissions, jobs } = parse(text) as Workflow;
  expect(Object.values(permissions).filter((right) => right !== "read")).toEqual([]);
  expect(Object.values(jobs).every((job) => typeof job["timeout-minutes"] === "number")).toBe(true);
});

test.each(WORKFLOWS)("%s puts no text of others into a script", (_, text) => {
  const scripts = [...text.matchAll(/run: (?:\|\n((?: {10,}.*\n?)+)|(.*))/g)].map(([, many, one]) => many ?? one ?? "");
  expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
});

test.skipIf(Bun.which("actionlint") === null)("actionlint finds nothing", () => {
  const { exitCode, stdout } = Bun.spawnSync(["actionlint"], { cwd: join(FOLDER, "../..") });
  expect([exitCode, stdout.toString()]).toEqual([0, ""]);
});
