// The way in and out in a real browser: wrong tokens and the delay, one-time links, sessions that are ended.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, axeFaults, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

/** What the console says of an answer that refuses: every window here may lose its session to another test. */
const REFUSALS = { allowed: /status of (?:401|403|429)/ };

describe.skipIf(browser === undefined)("in a browser", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser !== undefined) lab = await openPageLab(browser);
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  const linkOf = async () => (await lab.home.json<{ url: string }>(["open"])).url;

  test("a one-time link opens the page once", async () => {
    const link = await linkOf();
    const page = await lab.open(link, { isStranger: true, ...REFUSALS });
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    expect(page.url()).not.toContain("code");
    const late = await lab.open(link, { isStranger: true, ...REFUSALS });
    await late.getByText("The link was used before").waitFor();
    await shoot(late, "link-used");
    expect(await axeFaults(late)).toEqual([]);
  });

  test("the sessions are listed, this one is marked, and another one is logged out", async () => {
    const page = await lab.open("/admin/sessions", REFUSALS);
    const other = await lab.open("/admin/jobs", REFUSALS);
    await page.reload();
    const cards = page.getByRole("article");
    await cards.getByText("This browser").waitFor();
    expect(await cards.getByText("This browser").count()).toBe(1);
    await shoot(page, "sessions");
    expect(await axeFaults(page)).toEqual([]);
    // That of the other browser, or one of the tests before.
    const another = cards.filter({ hasNotText: "This browser" }).first();
    await another.getByRole("button", { name: /^Log out Chrome/ }).click();
    await shoot(page, "sessions-end");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
    await page.getByText("1 session has ended").waitFor();
    await page.getByRole("button", { name: "Log out all others" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log out all others", disabled: true }).waitFor();
    expect(await cards.count()).toBe(1);
    // At once, and without a reload.
    await other.getByText("Your session has ended").waitFor();
    await other.reload();
    await other.getByLabel("Admin token").waitFor();
  });

  test("whoever logs all out has to log in again, and is led to the login", async () => {
    const page = await lab.open("/admin/sessions", REFUSALS);
    await page.getByRole("button", { name: "Log out all", exact: true }).click();
    await page.getByRole("dialog").getByText("this one too").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Admin token").waitFor();
    expect((await lab.home.json<{ sessions: unknown[] }>(["sessions"])).sessions).toEqual([]);
  });

  test("one's own session is ended after a question that says so", async () => {
    const page = await lab.open("/admin/sessions", REFUSALS);
    const own = page.getByRole("article").filter({ hasText: "This browser" });
    await own.getByRole("button", { name: /^Log out Chrome/ }).click();
    await page.getByRole("dialog").getByText("This is your own session").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await own.getByRole("button", { name: /^Log out Chrome/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Admin token").waitFor();
  });

  test("logout ends the session, and not that of another browser", async () => {
    const [page, other] = [await lab.open("/admin/tokens", REFUSALS), await lab.open("/admin/tokens", REFUSALS)];
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Admin token").waitFor();
    await page.goto("/admin/tokens");
    await page.getByLabel("Admin token").waitFor();
    await other.reload();
    await other.getByRole("heading", { name: "Tokens", level: 1 }).waitFor();
  });
});

describe.skipIf(browser === undefined)("a wrong token", () => {
  test("is refused, from the fifth on with a wait that grows, and a link opens meanwhile", async () => {
    if (browser === undefined) return;
    await using lab = await openPageLab(browser);
    const page = await lab.open("/admin/logs", { isStranger: true, ...REFUSALS });
    const attempt = async (token: string) => {
      await page.getByLabel("Admin token").fill(token);
      await page.getByRole("button", { name: "Log in" }).click();
      return page.getByRole("alert").textContent();
    };
    for (let tries = 1; tries <= 5; tries++)
      expect(await attempt(`wrong ${tries}`)).toBe("This is not the admin token.");
    // However long the machine takes: at most one more try is free after a second, and the next wait is longer.
    const said: (string | null)[] = [];
    for (let tries = 6; !/in (?:[2-9]|\d\d) s/.test(said.at(-1) ?? ""); tries++)
      said.push(await attempt(`wrong ${tries}`));
    expect(said.at(-1)).toMatch(/^Too many wrong tokens came from your address\. Try again in \d+ s\.$/);
    await shoot(page, "login-delayed");
    expect(await axeFaults(page)).toEqual([]);
    expect(await attempt(ADMIN)).toContain("Too many wrong tokens");
    const { url } = await lab.home.json<{ url: string }>(["open"]);
    await page.goto(url);
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  });
});
