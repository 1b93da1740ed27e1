// What an open page does by itself: it shows what happens, outlasts a restart of the daemon, and ends with its session.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, axeFaults, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

/** What the console says of a daemon that is away, or of a session that is over. */
const AWAY = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|401|503/;

const figure = (page: Page, name: string) =>
  page.locator(".overview-figure", { has: page.getByText(name, { exact: true }) }).locator(".overview-value");

/** Gone after a reload. */
const mark = (page: Page) => page.evaluate("window.isSame = true");
const isMarked = (page: Page) => page.evaluate("window.isSame === true");

async function operate(lab: PageLab, name: string, input: object): Promise<void> {
  const response = await fetch(`${lab.daemon.url}/admin/api/${name}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN}` },
    body: JSON.stringify(input),
  });
  expect(response.status).toBe(200);
}

const lost = (page: Page) => page.getByRole("alert").getByText("The daemon cannot be reached. Trying again.");
const ended = (page: Page) => page.getByRole("dialog", { name: "Your session has ended." });

describe.skipIf(browser === undefined)("an open page", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser !== undefined) lab = await openPageLab(browser);
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  test("shows a request that comes, without a reload", async () => {
    const page = await lab.open("/admin", { allowed: AWAY });
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await mark(page);
    expect((await lab.chat()).status).toBe(200);
    await figure(page, "Requests").getByText("1", { exact: true }).waitFor();
    expect((await lab.chat()).status).toBe(200);
    await figure(page, "Requests").getByText("2", { exact: true }).waitFor();
    expect(await isMarked(page)).toBe(true);
  });

  test("says that the daemon is away, and goes on without a reload when it is back", async () => {
    const page = await lab.open("/admin", { allowed: AWAY });
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await mark(page);
    await page.evaluate("document.querySelector('meta[name=version]').content = '0.0.1'");
    await lab.restart(async () => {
      await lost(page).waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await shoot(page, "daemon-away");
    });
    await page.getByText("The daemon is back.").waitFor();
    await lost(page).waitFor({ state: "detached" });
    expect((await lab.chat()).status).toBe(200);
    await figure(page, "Requests").getByText("3", { exact: true }).waitFor();
    expect(await isMarked(page)).toBe(true);
    await page.getByRole("alert").getByText("The daemon runs another version now.").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("link", { name: "Load the page anew" }).click();
    await until("the page is loaded anew", async () => !(await isMarked(page)));
  });

  test("whose session is revoked says so, and leads back to the same place", async () => {
    const page = await lab.open("/admin/keys?status=invalid", { allowed: AWAY });
    await page.getByRole("heading", { name: "Keys", level: 1 }).waitFor();
    await operate(lab, "sessions.revoke", { all: true });
    await ended(page).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "session-ended");
    await page.keyboard.press("Escape");
    await ended(page).waitFor({ state: "detached" });
    await page.getByRole("alert").getByRole("button", { name: "Log in again" }).click();
    await ended(page).getByRole("link", { name: "Log in again" }).click();
    await page.getByLabel("Admin token").fill(ADMIN);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Keys", level: 1 }).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/admin/keys?status=invalid");
  });

  test("goes on with what it had when its user logs in in a window beside it", async () => {
    const page = await lab.open("/admin", { allowed: AWAY });
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await mark(page);
    await operate(lab, "sessions.revoke", { all: true });
    await ended(page).waitFor();
    const [beside] = await Promise.all([
      page.waitForEvent("popup"),
      ended(page).getByRole("button", { name: "Log in in a new window" }).click(),
    ]);
    await beside.getByLabel("Admin token").fill(ADMIN);
    const closed = beside.waitForEvent("close");
    await beside.getByRole("button", { name: "Log in" }).click();
    await closed;
    await ended(page).waitFor({ state: "detached" });
    // With the CSRF token of the new session.
    const before = await figure(page, "Requests").textContent();
    expect((await lab.chat()).status).toBe(200);
    await until("the request is counted", async () => (await figure(page, "Requests").textContent()) !== before);
    expect(await isMarked(page)).toBe(true);
  });

  test("whose session is not known any more when the daemon is back says so", async () => {
    const page = await lab.open("/admin", { allowed: AWAY });
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await lab.restart(async () => {
      await lost(page).waitFor();
      await rm(join(lab.home.data, "sessions.json"));
    });
    await ended(page).waitFor();
    await lost(page).waitFor({ state: "detached" });
  });
});
