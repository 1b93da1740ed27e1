// What is around every page in a real browser: login, navigation, languages, themes, keyboard.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { PAGE_NAMES } from "../../src/dashboard/page-names.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { axeFaults, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

describe.skipIf(browser === undefined)("in a browser", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser !== undefined) lab = await openPageLab(browser);
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  test("the login page leads to the page that was asked for", async () => {
    const page = await lab.open("/admin/keys?status=invalid", { isStranger: true, allowed: /401/ });
    await shoot(page, "login");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByLabel("Admin token").fill("not the token");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").getByText("This is not the admin token.").waitFor();
    await page.getByLabel("Admin token").fill((await import("./page-lab.ts")).ADMIN);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Keys", level: 1 }).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/admin/keys?status=invalid");
  });

  test("every page is reached by the navigation, and by its address", async () => {
    const page = await lab.open();
    const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link");
    expect(await links.count()).toBe(PAGE_NAMES.length);
    for (const [index, name] of PAGE_NAMES.entries()) {
      const link = links.nth(index);
      const text = (await link.textContent()) ?? "";
      await link.click();
      await page.getByRole("heading", { name: text, level: 1 }).waitFor();
      expect(await link.getAttribute("aria-current")).toBe("page");
      expect(new URL(page.url()).pathname).toBe(name === "overview" ? "/admin" : `/admin/${name}`);
    }
    await page.goBack();
    await page.getByRole("heading", { name: "Webhooks", level: 1 }).waitFor();
  });

  test("another language is shown at once, and after a reload", async () => {
    const page = await lab.open();
    await page.getByLabel("Language").selectOption("zh-CN");
    await page.getByRole("heading", { name: "概览", level: 1 }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "概览", level: 1 }).waitFor();
    expect(await page.evaluate("document.documentElement.lang")).toBe("zh-CN");
  });

  test("a small window has its menu behind a button", async () => {
    const page = await lab.open("/admin", { viewport: { width: 390, height: 800 } });
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "Tokens" }).click();
    await page.getByRole("heading", { name: "Tokens", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Sessions" }).waitFor({ state: "hidden" });
  });

  test("logout leads to the login page, and the step back shows nothing", async () => {
    const page = await lab.open();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Admin token").waitFor();
    await page.goBack();
    await page.getByLabel("Admin token").waitFor();
  });
});
