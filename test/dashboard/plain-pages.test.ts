// The pages without script: what others wrote is text in them, and nothing leads to another host.
import { describe, expect, test } from "bun:test";
import { appPage } from "../../src/dashboard/app-page.ts";
import type { PageBundle } from "../../src/dashboard/page-files.ts";
import { PAGE_NAMES } from "../../src/dashboard/page-names.ts";
import { enteredPage, loginPage, messagePage } from "../../src/dashboard/plain-pages.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='y'>&amp;`;
const LOOK: PageBundle = {
  script: "main-a.js",
  style: "page-a.css",
  plainStyle: "plain-a.css",
  icon: "icon-a.svg",
  pages: Object.fromEntries(PAGE_NAMES.map((name) => [name, `${name}-page-a.js`])) as PageBundle["pages"],
  files: new Map(),
};

const PAGES = [
  ["login", loginPage({ hasToken: true, message: HOSTILE, next: HOSTILE }, LOOK)],
  ["login without a token", loginPage({ hasToken: false, next: "/admin" }, LOOK)],
  ["entered", enteredPage(LOOK)],
  ["message", messagePage(HOSTILE, HOSTILE, LOOK)],
] as const;

describe.each(PAGES)("the page %s", (_, page) => {
  test("is a whole document without script, inline style or another host", () => {
    expect(page).toStartWith('<!doctype html>\n<html lang="en">');
    // What stands in quotes has none of its own.
    expect(page.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<script|<img|<[^>]*\s(?:style|on\w+)=/);
    expect(page).not.toMatch(/javascript:|https?:|\/\//);
  });

  test("leads only where something is", () => {
    const led = [...page.matchAll(/(?:href|action)="([^"]*)"|url=([^"]*)"/g)].map(([, a, b]) => a ?? b);
    const known = ["/admin", "/admin/login", "/admin/assets/plain-a.css", "/admin/assets/icon-a.svg"];
    expect(led.length).toBeGreaterThan(0);
    expect(led.filter((path) => !known.includes(path ?? ""))).toEqual([]);
  });
});

test("the document of the program has one script, a file of ours, and what others wrote is text in it", () => {
  const page = appPage({ name: "keys", csrfToken: HOSTILE, version: HOSTILE }, LOOK);
  const tags = page.replaceAll(/"[^"]*"/g, '""');
  expect(tags.match(/<script[^>]*>/g)).toEqual(['<script type="" src="">']);
  expect(tags).not.toMatch(/<img|<[^>]*\s(?:style|on\w+)=/);
  expect(page).toContain('<link rel="modulepreload" href="/admin/assets/keys-page-a.js">');
  expect(page).toContain('<script type="module" src="/admin/assets/main-a.js"></script>');
});
