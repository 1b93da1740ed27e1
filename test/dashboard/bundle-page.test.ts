// The files of the page: small, complete, the same each time, and of no other host.
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { bundlePage } from "../../src/dashboard/bundle-page.ts";
import { ASSETS_PATH, type PageBundle } from "../../src/dashboard/page-files.ts";
import { PAGE_NAMES } from "../../src/dashboard/page-names.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const MOST_FIRST_BYTES = 150_000;

let bundle: PageBundle;
beforeAll(async () => {
  bundle = await bundlePage();
});

async function textOf(name: string): Promise<string> {
  const file = bundle.files.get(name);
  if (file === undefined) throw new Error(`There is no ${name}`);
  return Buffer.from(Bun.gunzipSync(Buffer.from(await file.gzip()))).toString();
}

/** A file with what it imports at once, not only when it is used. */
async function withImports(name: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = await textOf(name);
  const pattern = new RegExp(`(?:from|import)\\s*"${ASSETS_PATH}([^"]+)"`, "g");
  for (const [, next = ""] of text.matchAll(pattern)) await withImports(next, seen);
  return seen;
}

test("the first view is less than 150 kB compressed, whichever page it is of", async () => {
  for (const page of PAGE_NAMES) {
    const scripts = new Set([...(await withImports(bundle.script)), ...(await withImports(bundle.pages[page]))]);
    const names = [...scripts, bundle.style, bundle.icon];
    const sizes = await Promise.all(names.map(async (name) => (await bundle.files.get(name)?.gzip())?.length ?? 0));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_FIRST_BYTES);
  }
});

test("what a file refers to is there", async () => {
  const pattern = new RegExp(`${ASSETS_PATH}([\\w.-]+)`, "g");
  for (const name of bundle.files.keys()) {
    const named = [...(await textOf(name)).matchAll(pattern)].map(([, found = ""]) => found);
    expect(named.filter((found) => !bundle.files.has(found))).toEqual([]);
  }
});

test("no style loads anything, and no script makes code of text", async () => {
  for (const name of bundle.files.keys()) {
    const text = await textOf(name);
    if (name.endsWith(".css")) expect(text).not.toMatch(/url\(|@import|@font-face/);
    if (name.endsWith(".js")) expect(text).not.toMatch(/\beval\(|new Function\(|document\.write|\.insertAdjacentHTML/);
  }
});

test("a second time gives the same files", async () => {
  const again = await bundlePage();
  expect([...again.files.keys()].sort()).toEqual([...bundle.files.keys()].sort());
  for (const [name, file] of again.files) {
    const before = await bundle.files.get(name)?.br();
    expect(Bun.deepEquals(await file.br(), before)).toBe(true);
  }
});
