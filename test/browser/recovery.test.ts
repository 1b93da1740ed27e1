// What an open page does when something under it is gone: the daemon, a file of the page, its session, an answer.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, openPageLab, type PageLab } from "./page-lab.ts";

setDefaultTimeout(2 * TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

/** What the console says of a daemon that is away, or of a file or an answer that a test holds back. */
const AWAY = /ERR_|401|503/;

const lost = (page: Page) => page.getByRole("alert").getByText("The daemon cannot be reached. Trying again.");
const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1 });

/** Holds back each script in which a text stands, for as long as `isHeld` says. */
async function holdScripts(page: Page, text: string, isHeld: () => boolean): Promise<void> {
  await page.route(/\.js(?:\?|$)/, async (route) => {
    if (!isHeld()) return route.continue();
    const response = await route.fetch();
    return (await response.text()).includes(text) ? route.abort() : route.fulfill({ response });
  });
}

describe.skipIf(browser === undefined)("an open page", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser === undefined) return;
    lab = await openPageLab(browser);
    await (await lab.chat()).text();
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  test("goes on after a restart of the daemon, without a reload, whatever it asks for", async () => {
    const open = (path: string) => lab.open(path, { allowed: AWAY });
    const [lists, keys, log, config] = [
      await open("/admin/tokens"),
      await open("/admin/keys"),
      await open("/admin/logs?tab=daemon"),
      await open("/admin/config"),
    ];
    const all = [lists, keys, log, config];
    for (const page of all) await page.locator("main h1").waitFor();
    await config.getByRole("textbox", { name: /^Config file/ }).waitFor();
    // A page whose file is asked for only when the daemon is away.
    const late = lists;
    await lab.restart(async () => {
      for (const page of all) await lost(page).waitFor();
      await late.getByRole("link", { name: "Explain" }).click();
      await late.getByText("This page could not be loaded").waitFor();
      await config.getByRole("textbox", { name: /^Config file/ }).focus();
      await config.keyboard.press("Control+End");
      await config.keyboard.type("\n# Typed while it was away.\n");
      await config.getByRole("main").getByText("The daemon cannot be reached").waitFor();
    });
    for (const page of all) {
      await lost(page).waitFor({ state: "detached" });
      await until(`no failure at ${page.url()}`, async () => (await page.locator("main .notice-bad").count()) === 0);
    }
    await heading(late, "Explain").waitFor();
    await config.getByRole("button", { name: "Review and save", disabled: false }).waitFor();
    const answer = await lab.chat();
    const id = answer.headers.get("x-request-id") ?? "no id";
    await log.getByRole("link", { name: id }).first().waitFor();
  });

  test("draws a chart, and shows the editor, once their files can be loaded", async () => {
    let isHeld = true;
    const overview = await lab.open("/admin/sessions", { allowed: AWAY });
    await holdScripts(overview, "uplot", () => isHeld);
    await overview.getByRole("link", { name: "Overview" }).click();
    await overview.getByText(/^The chart Requests by outcome cannot be drawn/).waitFor();
    const config = await lab.open("/admin/sessions", { allowed: AWAY });
    await holdScripts(config, "cm-gutters", () => isHeld);
    await config.getByRole("link", { name: "Configuration" }).click();
    await config.getByText("The editor could not be loaded").waitFor();
    isHeld = false;
    await config.getByRole("button", { name: "Try again" }).click();
    await config.getByRole("textbox", { name: /^Config file/ }).waitFor();
    await lab.restart();
    await overview.locator(".chart-place canvas").first().waitFor();
    await overview.getByText(/^The chart Requests by outcome cannot be drawn/).waitFor({ state: "detached" });
  });

  test("keeps its language where another one cannot be loaded, and takes it at the next try", async () => {
    let isHeld = true;
    const page = await lab.open("/admin/jobs", { allowed: AWAY });
    await heading(page, "Jobs").waitFor();
    await holdScripts(page, "概览", () => isHeld);
    await page.getByLabel("Language").selectOption("zh-CN");
    await page.getByText("The language could not be loaded").waitFor();
    expect(await page.getByLabel("Language").inputValue()).toBe("en");
    isHeld = false;
    await page.getByLabel("Language").selectOption("zh-CN");
    await heading(page, "任务").waitFor();
  });

  test("whose answer it cannot read says so, and leads on to the others", async () => {
    const page = await lab.open("/admin/sessions");
    await page.route("**/admin/api/jobs.list", (route) => route.fulfill({ json: {} }));
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByRole("alert").getByText("This page cannot be shown").waitFor();
    await page.unroute("**/admin/api/jobs.list");
    await page.getByRole("link", { name: "Tokens" }).click();
    await heading(page, "Tokens").waitFor();
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByRole("main").getByRole("article").first().waitFor();
  });

  test("says what failed where a dialog is open inside of it, and it can be closed there", async () => {
    await lab.home.json(["tokens", "add", "--name", "held"]);
    const page = await lab.open("/admin/tokens", { allowed: AWAY });
    await page.getByRole("button", { name: /^Revoke held/ }).click();
    await page.route("**/admin/api/tokens.revoke", (route) => route.abort());
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    const said = dialog.locator(".toast", { hasText: "The daemon cannot be reached" });
    await said.getByRole("button", { name: "Close" }).click();
    await said.waitFor({ state: "detached" });
  });

  test("leads to its content without asking about what was typed", async () => {
    const page = await lab.open("/admin/config");
    const asked: string[] = [];
    page.on("dialog", (dialog) => {
      asked.push(dialog.message());
      void dialog.accept();
    });
    await page.getByRole("textbox", { name: /^Config file/ }).focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\n# typed\n");
    await page.getByText("Not saved").waitFor();
    await page.getByRole("link", { name: "Skip to the content" }).press("Enter");
    await until("the content", async () => new URL(page.url()).hash === "#content");
    await page.getByRole("tab", { name: "Values in effect" }).click();
    await page.goBack();
    expect(asked).toEqual([]);
    await page.getByText("Not saved").waitFor();
    await page.getByRole("link", { name: "Jobs" }).click();
    await heading(page, "Jobs").waitFor();
    expect(asked).toHaveLength(1);
  });

  test("logs out with the session of a login beside it", async () => {
    const page = await lab.open("/admin/jobs", { allowed: AWAY });
    await heading(page, "Jobs").waitFor();
    const revoked = await fetch(`${lab.daemon.url}/admin/api/sessions.revoke`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN}` },
      body: JSON.stringify({ all: true }),
    });
    expect(revoked.status).toBe(200);
    const ended = page.getByRole("dialog", { name: "Your session has ended." });
    const [beside] = await Promise.all([
      page.waitForEvent("popup"),
      ended.getByRole("button", { name: "Log in in a new window" }).click(),
    ]);
    await beside.getByLabel("Admin token").fill(ADMIN);
    await beside.getByRole("button", { name: "Log in" }).click();
    await ended.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Admin token").waitFor();
  });

  test("on which much happens lets a slow answer come", async () => {
    const page = await lab.open("/admin/sessions");
    await page.clock.install();
    await page.addInitScript(`
      const Original = EventSource;
      window.told = 0;
      window.EventSource = class extends Original {
        constructor(address) {
          super(address);
          this.addEventListener("requests", () => { window.told += 1; });
        }
      };`);
    const broken: string[] = [];
    page.on("requestfailed", (request) => {
      if (request.url().endsWith("/overview")) broken.push(request.failure()?.errorText ?? "");
    });
    let asked = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/admin/api/overview", async (route) => {
      asked += 1;
      if (asked > 1) await released;
      await route.continue().catch(() => {});
    });
    await page.goto("/admin");
    await heading(page, "Overview").waitFor();
    await page.locator(".overview-figures").waitFor();
    for (const told of [1, 2, 3]) {
      await (await lab.chat()).text();
      await until("the request is told of", () => page.evaluate(`window.told >= ${told}`));
      await page.clock.runFor(10_000);
    }
    expect([broken, asked]).toEqual([[], 2]);
    release();
    await until("the next question", () => asked > 2);
  });
});
