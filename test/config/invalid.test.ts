// Golden files: what is said about each invalid configuration, line by line.

import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "./load.ts";

const FOLDER = join(import.meta.dir, "invalid");
const CASES = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml.in"));

/** Variables and files that references.yaml finds, or finds to be of no use. */
const WORLD = {
  env: { PORT: "sk-fake-port", HOST_A: "a", KEY_A: "sk-fake-key-a", KEY_B: ",sk fake" },
  files: {
    "/work/secret-folder": { code: "EISDIR" },
    "/work/no-certificate.pem": "sk-fake-private",
    "/work/two-per-line.keys": "sk-fake-one # a comment\nsk-fake-two sk-fake-three\n",
    "/work/a.keys": "sk-fake-from-file",
  },
};

test("there is a golden file for every invalid configuration", () => {
  expect(CASES.length).toBeGreaterThan(10);
});

test.each(CASES)("%s", (name) => {
  const lines = diagnose({ ...WORLD, yaml: readFileSync(join(FOLDER, name), "utf8") });
  const golden = join(FOLDER, name.replace(".yaml.in", ".txt"));
  if (process.env.UPDATE_GOLDEN) writeFileSync(golden, `${lines.join("\n")}\n`);
  expect(lines.some((line) => line.startsWith("error: "))).toBe(true);
  expect(`${lines.join("\n")}\n`).toBe(readFileSync(golden, "utf8"));
});

test.each(CASES)("%s: no value in the diagnostics", (name) => {
  const text = diagnose({ ...WORLD, yaml: readFileSync(join(FOLDER, name), "utf8") }).join("\n");
  expect(text).not.toMatch(/sk-fake|example|nobody|frob.*:.*1$/);
});
