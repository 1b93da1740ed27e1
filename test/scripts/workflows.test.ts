// The workflows: nothing that can change under us, no more rights than needed, and what a tag publishes.
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { RELEASE_TARGETS } from "../../scripts/release-targets.ts";

const FOLDER = join(import.meta.dir, "../../.github/workflows");
const WORKFLOWS = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const);

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly include?: readonly { readonly target: string }[] } };
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly on: unknown;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

test.each(WORKFLOWS)("%s pins every action by its commit, with its version beside it", (_, text) => {
  const uses = [...text.matchAll(/uses: ([^.].*)$/gm)].map(([, used = ""]) => used);
  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((used) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used))).toEqual([]);
});

test.each(WORKFLOWS)("%s has no right that a job does not ask for, and ends", (_, text) => {
  const { permissions, jobs } = parse(text) as Workflow;
  expect(Object.values(permissions).filter((right) => right !== "read")).toEqual([]);
  const own = Object.values(jobs).filter(({ uses }) => uses === undefined);
  expect(own.every((job) => typeof job["timeout-minutes"] === "number")).toBe(true);
});

test.each(WORKFLOWS)("%s puts no text of others into a script", (_, text) => {
  const scripts = [...text.matchAll(/run: (?:\|\n((?: {10,}.*\n?)+)|(.*))/g)].map(([, many, one]) => many ?? one ?? "");
  expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
});

function workflow(name: string): Workflow {
  return parse(readFileSync(join(FOLDER, name), "utf8")) as Workflow;
}

/** Runs the step that has this text as GitHub does, with programs that only say how they are called. */
function runStep(name: string, job: string, part: string, tag: string) {
  const script = workflow(name).jobs[job]?.steps?.find(({ run }) => run?.includes(part))?.run;
  if (script === undefined) throw new Error(`${name} has no step with ${part}`);
  const folder = mkdtempSync(join(tmpdir(), "ob-step-"));
  try {
    for (const program of ["gh", "node"]) {
      const text = `#!/bin/sh\necho "${program} $*" >> ${folder}/calls\n`;
      writeFileSync(join(folder, program), text, { mode: 0o755 });
    }
    const env = {
      PATH: `${folder}:${process.env.PATH}`,
      TAG: tag,
      REPOSITORY: "Own/Name",
      GITHUB_OUTPUT: join(folder, "output"),
    };
    const { exitCode } = Bun.spawnSync(["bash", "-e", "-o", "pipefail", "-c", script], { cwd: folder, env });
    const read = (file: string) => (readdirSync(folder).includes(file) ? readFileSync(join(folder, file), "utf8") : "");
    return { exitCode, calls: read("calls"), output: read("output") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a tag publishes nothing before its checks have passed, and asks for no right but where it publishes", () => {
  const { on, jobs } = workflow("release.yml");
  expect(on).toEqual({ push: { tags: ["v*"] } });
  const { build, try: trial, ...others } = jobs;
  const steps = build?.steps?.flatMap(({ run }) => run ?? []) ?? [];
  expect(steps[0]).toContain('scripts/release-notes.ts "$TAG"');
  expect(steps.slice(1, 3)).toEqual(["npm test", "npm run release"]);
  expect(build?.permissions).toEqual({ contents: "read" });
  expect(trial).toMatchObject({ needs: "build", uses: "./.github/workflows/try-release.yml" });
  expect(Object.values(others).map(({ needs }) => needs)).toEqual(["try", "try"]);
  expect(workflow("docker-publish.yml").on).toEqual({ workflow_call: null });
  expect(jobs.image).toMatchObject({ uses: "./.github/workflows/docker-publish.yml" });
});

test("every executable runs on a machine that it is for, but for those that have the same bytes or none is offered", () => {
  const { jobs } = workflow("try-release.yml");
  const tried = (jobs.run?.strategy?.matrix.include ?? []).map(({ target }) => target);
  const untried = RELEASE_TARGETS.map(({ name }) => name).filter((name) => !tried.includes(name));
  expect(untried).toEqual(["linux-x64", "linux-arm64-musl"]);
  expect(workflow("ci.yml").jobs["try-release"]).toMatchObject({ needs: "release-build" });
});

test("a release attests all of its files before they are published", () => {
  const { steps = [], permissions } = workflow("release.yml").jobs.publish ?? {};
  const attest = steps.findIndex(({ uses }) => uses?.startsWith("actions/attest-build-provenance@"));
  const publish = steps.findIndex(({ run }) => run?.includes("gh release create"));
  expect(attest).toBeLessThan(publish);
  expect(steps[attest]).toMatchObject({ with: { "subject-path": "release/*" } });
  expect(permissions).toEqual({ contents: "write", "id-token": "write", attestations: "write" });
});

test.each([
  ["v1.2.3", "--latest", "ghcr.io/own/name:1.2.3,ghcr.io/own/name:latest"],
  ["v2.0.0-rc.1", "--prerelease", "ghcr.io/own/name:2.0.0-rc.1"],
])("%s is published as %s", (tag, kind, tags) => {
  const release = runStep("release.yml", "publish", "gh release create", tag);
  expect(release.calls).toStartWith(`gh release create ${tag} `);
  expect(release.calls).toContain(` --verify-tag --title ${tag} ${kind} --notes-file release-notes.md\n`);
  const image = runStep("docker-publish.yml", "image", "GITHUB_OUTPUT", tag);
  expect(image.calls).toBe(`node scripts/setup.mjs scripts/release-notes.ts ${tag}\n`);
  expect(image.output).toBe(`tags=${tags}\n`);
});

const hasActionlint = Bun.which("actionlint") !== null;
const title = hasActionlint ? "" : " (skipped: there is no actionlint here)";
test.skipIf(!hasActionlint)(`actionlint finds nothing${title}`, () => {
  const { exitCode, stdout } = Bun.spawnSync(["actionlint"], { cwd: join(FOLDER, "../..") });
  expect([exitCode, stdout.toString()]).toEqual([0, ""]);
});
