// The pages without script: what others wrote is text in them, and nothing leads to another host.
import { describe, expect, test } from "bun:test";
import {
  enteredPage,
  loginPage,
  messagePage,
  type SessionFacts,
  sessionPage,
} from "../../src/dashboard/plain-pages.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='y'>&amp;`;
const SESSION: SessionFacts = {
  via: "link",
  address: "10.0.0.7",
  createdAt: Date.UTC(2027, 0, 1),
  expiresAt: Date.UTC(2027, 0, 1, 1),
  csrfToken: "oab-csrf-fake",
  version: "1.2.3",
};

const PAGES = [
  ["login", loginPage({ hasToken: true, message: HOSTILE })],
  ["login without a token", loginPage({ hasToken: false })],
  ["session", sessionPage({ ...SESSION, address: HOSTILE, version: HOSTILE, csrfToken: HOSTILE })],
  ["entered", enteredPage()],
  ["message", messagePage(HOSTILE, HOSTILE)],
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
    const known = ["/admin", "/admin/login", "/admin/logout", "/admin/style.css"];
    expect(led.length).toBeGreaterThan(0);
    expect(led.filter((path) => !known.includes(path ?? ""))).toEqual([]);
  });
});

test("the session page says who is logged in, since when and until when", () => {
  const page = sessionPage(SESSION);
  for (const part of ["by a one-time link", "2027-01-01T00:00:00.000Z", "from 10.0.0.7", "2027-01-01T01:00:00.000Z"])
    expect(page).toContain(part);
  expect(page).toContain('name="csrf_token" type="hidden" value="oab-csrf-fake"');
});
