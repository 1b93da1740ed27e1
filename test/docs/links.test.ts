// The documents hang together: links resolve, and the README leads to every page, which says what it is for.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { DOCUMENTS, PAGES, README, ROOT } from "./documents.ts";

function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
}

/** The anchors of the headings of a file, as GitHub makes them. */
function anchorsOf(file: string): readonly string[] {
  const headings = readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(DOCUMENTS.map(({ path, text }) => [path, linksOf(text)] as const))("%s", (path, links) => {
  test.each(links.map((link) => [link] as const))("%s resolves", (link) => {
    const [target = "", anchor] = link.split("#");
    const file = target === "" ? join(ROOT, path) : join(ROOT, dirname(path), target);
    expect(existsSync(file)).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(file)).toContain(anchor);
  });
});

describe.each(PAGES.map(({ path, text }) => [path, text] as const))("%s", (path, text) => {
  test("is linked in the README", () => {
    const files = linksOf(README.text).map((link) => relative(ROOT, join(ROOT, link.split("#")[0] ?? "")));
    expect(files).toContain(path);
  });

  test("begins with a title and one sentence of its purpose", () => {
    expect(text).toMatch(/^# [^\n]+\n\n[A-Z][^.]*\.\n\n/);
  });
});

test("the README is short", () => {
  expect(README.text.split("\n").length).toBeLessThanOrEqual(260);
});
