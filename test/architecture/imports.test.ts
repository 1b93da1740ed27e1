// Imports obey the table in ARCHITECTURE.md, know no cycles, and use packages as they must be used.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dependencies } from "../../package.json";
import { folderOf, importsOf, ROOT, type SourceFile, sourceFiles, targetOf } from "./source-files.ts";

const DOCUMENT = readFileSync(join(ROOT, ".github/ARCHITECTURE.md"), "utf8");
const FILES = sourceFiles("src");

/** What each folder may import, from the rows of the document's table. */
const ALLOWED = new Map(
  [...DOCUMENT.matchAll(/^\| `src\/([\w-]+)\/` *\|[^|]*\|([^|]*)\|$/gm)].map(([, folder = "", list = ""]) => [
    folder,
    new Set(list.split(",").map((name) => name.trim())),
  ]),
);

function forbiddenEdge(file: SourceFile, target: string): boolean {
  const from = folderOf(file.path);
  const to = folderOf(target);
  if (from === undefined) return to !== "cli" && to !== "core";
  if (to === from) return false;
  return to === undefined ? target.startsWith("src/") : ALLOWED.get(from)?.has(to) !== true;
}

function edgesOf(file: SourceFile): readonly string[] {
  return file.imports.flatMap((specifier) => targetOf(file, specifier) ?? []);
}

/** The files of one cycle, or undefined. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of edges.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of edges.keys()) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe("importsOf sees", () => {
  test.each([
    ['import { a } from "./a.ts";', "./a.ts"],
    ['import type { A } from "./a.ts";', "./a.ts"],
    ['import {\n  a,\n  type B,\n} from "./a.ts";', "./a.ts"],
    ['import "./a.ts";', "./a.ts"],
    ['const { a } = await import("./a.ts");', "./a.ts"],
    ['export { a } from "./a.ts";', "./a.ts"],
    ['// import { a } from "./a.ts";', undefined],
    ['/** Like `import { a } from "./a.ts"`. */', undefined],
  ])("%s", (text, found) => {
    expect(importsOf(text)[0]).toBe(found as string);
  });
});

test("the document's table has every folder of src, and no other", () => {
  const folders = new Set(FILES.flatMap(({ path }) => folderOf(path) ?? []));
  expect([...ALLOWED.keys()].sort()).toEqual([...folders].sort());
});

test("no folder imports what the table does not allow", () => {
  const forbidden = FILES.flatMap((file) =>
    edgesOf(file).flatMap((target) => (forbiddenEdge(file, target) ? `${file.path} -> ${target}` : [])),
  );
  expect(forbidden).toEqual([]);
});

test("of the daemon the page has types alone, and the names of pages", () => {
  const page = FILES.filter(({ path }) => folderOf(path) === "page");
  const values = page.flatMap(({ path, text }) =>
    [...text.matchAll(/^import (?!type\b)[^;]*? from "((?:\.\.\/)+(?:admin|dashboard)\/[^"]+)"/gm)]
      .filter(([, specifier = ""]) => !specifier.endsWith("/dashboard/page-names.ts"))
      .map(([line]) => `${path}: ${line}`),
  );
  expect(page.length).toBeGreaterThan(20);
  expect(values).toEqual([]);
});

test("findCycle finds one", () => {
  expect(
    findCycle(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b"]],
      ]),
    ),
  ).toEqual(["b", "c", "b"]);
});

test("no file imports itself through others", () => {
  expect(findCycle(new Map(FILES.map((file) => [file.path, edgesOf(file)])))).toBeUndefined();
});

test("relative imports name existing files with their extension", () => {
  const missing = FILES.flatMap((file) => edgesOf(file).filter((target) => !existsSync(join(ROOT, target))));
  expect(missing).toEqual([]);
});

test("packages are declared, and undici is imported by its file", () => {
  const known = new Set(Object.keys(dependencies));
  const wrong = FILES.flatMap((file) =>
    file.imports
      .filter((specifier) => !/^(?:\.|node:|bun(?::|$))/.test(specifier))
      .filter((specifier) => specifier === "undici" || !known.has(packageOf(specifier)))
      .map((specifier) => `${file.path} -> ${specifier}`),
  );
  expect(wrong).toEqual([]);
});

test("the balancer has no clock, no randomness, no timer and no I/O of its own", () => {
  const effects = /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout|setInterval|fetch\(|process\.)/;
  const impure = FILES.filter(({ path, text, imports }) => {
    return (
      path.startsWith("src/balancer/") && (effects.test(text) || imports.some((name) => /^(?:node|bun):/.test(name)))
    );
  });
  expect(impure.map(({ path }) => path)).toEqual([]);
});

test("the document names only what exists", () => {
  const named = [...DOCUMENT.matchAll(/`((?:src|test|bench|scripts|\.github|\.ci)\/[^`\s]*)`/g)].map(
    ([, path = ""]) => path,
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("each folder of test mirrors one of src, or is named in the document", () => {
  const folders = readdirSync(join(ROOT, "test"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const strange = folders.filter(
    ({ name }) => !ALLOWED.has(name) && name !== "scripts" && !DOCUMENT.includes(`\`test/${name}/\``),
  );
  expect(strange.map(({ name }) => name)).toEqual([]);
});

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
