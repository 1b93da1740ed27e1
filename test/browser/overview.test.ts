// The overview in a real browser: figures after real requests, and what needs attention gone by one press.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { errorJson, noCredit, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import type { Behaviour } from "../fixture/upstream.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, axeFaults, CLIENT, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const DEAD = fakeSecret("overview_dead", true);
const LIVE = fakeSecret("overview_live", true);
const KEYS = [
  { name: "dead", key: DEAD, priority: 0 },
  { name: "live", key: LIVE, priority: 1 },
];

async function labOf(setup: Parameters<typeof openPageLab>[1] = {}): Promise<PageLab> {
  if (browser === undefined) throw new Error("There is no browser");
  return openPageLab(browser, setup);
}

/** What the console says while the daemon is away. */
const AWAY = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|503/;

const figure = (page: Page, name: string) =>
  page.locator(".overview-figure", { has: page.getByText(name, { exact: true }) }).locator(".overview-value");

/** Waits until the figures count so many requests. */
async function counted(page: Page, requests: string): Promise<void> {
  await figure(page, "Requests").getByText(requests, { exact: true }).waitFor();
}

/** As a program does. */
async function operate(lab: PageLab, name: string, input: object = {}): Promise<string> {
  const headers = { authorization: `Bearer ${ADMIN}` };
  const body = JSON.stringify(input);
  return (await fetch(`${lab.daemon.url}/admin/api/${name}`, { method: "POST", headers, body })).text();
}

describe.skipIf(browser === undefined)("the overview", () => {
  describe("of a daemon with a key that is refused", () => {
    let lab: PageLab;
    beforeAll(async () => {
      lab = await labOf({ keys: KEYS, script: { otherwise: openai, keys: { [DEAD]: unauthorized } } });
      for (let time = 0; time < 3; time++) expect((await lab.chat()).status).toBe(200);
    });
    afterEach(() => lab?.closeWindows());
    afterAll(() => lab?.[Symbol.asyncDispose]());

    test("shows what the requests came to, and the charts of it", async () => {
      const page = await lab.open();
      await counted(page, "3");
      await figure(page, "Served").getByText("100%").waitFor();
      await page.locator(".chart canvas").nth(3).waitFor();
      const chart = page.getByRole("img", { name: /^Requests by outcome/ });
      expect(await chart.getAttribute("aria-label")).toContain("Served: latest 3, highest 3.");
      const figures = page.getByRole("figure", { name: "Requests by outcome" });
      await figures.getByText("As a table").click();
      await figures.getByRole("row", { name: /3/ }).first().waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await shoot(page, "overview");
    });

    test("shows another period, which the address names", async () => {
      const page = await lab.open();
      await page.getByRole("button", { name: "1 h", exact: true }).click();
      await page.getByRole("heading", { name: "The last hour" }).waitFor();
      await counted(page, "3");
      expect(new URL(page.url()).search).toBe("?period=1h");
      await page.reload();
      await page.getByRole("heading", { name: "The last hour" }).waitFor();
    });

    test("leads from a provider to its keys of a state", async () => {
      const page = await lab.open();
      await page.getByRole("link", { name: /Invalid 1/ }).click();
      await page.getByRole("heading", { name: "Keys", level: 1 }).waitFor();
      expect(new URL(page.url()).search).toBe("?provider=fake&status=invalid");
    });

    test("tells the figures of the time that is pointed at", async () => {
      const page = await lab.open("/admin?period=1h");
      const chart = page.getByRole("figure", { name: "Tokens" });
      await chart.locator("canvas").waitFor();
      await chart.getByText("Latest").waitFor();
      await chart.locator(".u-over").hover({ position: { x: 3, y: 40 } });
      await chart.getByText("Latest").waitFor({ state: "detached" });
      await page.getByRole("heading", { name: "Overview", level: 1 }).hover();
      await chart.getByText("Latest").waitFor();
    });

    test("is as good in the dark", async () => {
      const page = await lab.open("/admin", { colorScheme: "dark" });
      await counted(page, "3");
      await page.locator(".chart canvas").nth(3).waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await shoot(page, "overview-dark");
    });

    test("works in a window of 360 pixels, and in Chinese", async () => {
      const page = await lab.open("/admin", { viewport: { width: 360, height: 740 }, locale: "zh-CN" });
      await page.getByRole("heading", { name: "需要处理" }).waitFor();
      await page.locator(".chart canvas").nth(3).waitFor();
      await shoot(page, "overview-chinese");
    });

    test("says that a key is invalid, and no more once it was reset", async () => {
      const page = await lab.open();
      const item = page.getByRole("listitem").filter({ hasText: "Key dead of fake is invalid" });
      await item.getByText("401").waitFor();
      await item.getByRole("button", { name: "Reset" }).press("Enter");
      await page.getByText("1 key was reset").waitFor();
      await item.waitFor({ state: "detached" });
      // Whoever uses the keyboard goes on from where the button was.
      await page.locator("h2:focus", { hasText: "Needs attention" }).waitFor();
      await page.getByText("Nothing needs attention").waitFor();
    });

    test("asks before it deletes keys of the store, and offers to delete no others", async () => {
      const stored = fakeSecret("overview_stored", true);
      lab.upstream.byKey(stored, unauthorized);
      await lab.home.addKeys([stored], "--provider", "fake", "--name", "stored");
      await until("both keys are out", async () => {
        await (await lab.chat()).text();
        const { dead, stored: other } = await lab.home.states();
        return dead === "invalid" && other === "invalid";
      });
      const page = await lab.open();
      const item = page.getByRole("listitem").filter({ hasText: /keys of fake are invalid/ });
      await item.getByRole("button", { name: "Delete" }).click();
      const dialog = page.getByRole("dialog", { name: "Delete" });
      await dialog.getByText("gone for good").waitFor();
      expect(await axeFaults(page)).toEqual([]);
      await shoot(page, "overview-delete");
      await dialog.getByRole("button", { name: "Delete" }).click();
      await dialog.waitFor({ state: "detached" });
      const left = page.getByRole("listitem").filter({ hasText: "Key dead of fake is invalid" });
      await left.getByRole("button", { name: "Reset" }).waitFor();
      expect(await left.getByRole("button", { name: "Delete" }).count()).toBe(0);
      expect(Object.keys(await lab.home.states())).not.toContain("stored");
    });

    test("tells by a failure that stays shown that a key still fails", async () => {
      const page = await lab.open();
      const item = page.getByRole("listitem").filter({ hasText: "Key dead of fake is invalid" });
      await item.getByRole("button", { name: "Test" }).click();
      await page.getByText("It still fails").waitFor();
    });
  });

  test("follows the daemon while it is open, and over its restart", async () => {
    await using lab = await labOf({ keys: KEYS, script: { otherwise: openai, keys: { [DEAD]: unauthorized } } });
    const page = await lab.open("/admin", { allowed: AWAY });
    await page.getByRole("heading", { name: "Send a request" }).waitFor();
    await lab.chat();
    await counted(page, "1");
    await page.getByText("Key dead of fake is invalid").waitFor();
    await operate(lab, "keys.reset", { provider: "fake" });
    await page.getByText("Nothing needs attention").waitFor();
    await lab.restart();
    await lab.chat();
    await counted(page, "2");
  });

  test("shows what others wrote as text, whatever it is", async () => {
    const hostile = `<img src=x onerror=alert(1)>"'\u202e<script>`;
    const keys = [{ name: `${hostile} ${"x".repeat(80)}`, key: DEAD }, LIVE];
    const refuse = () => errorJson(401, `<b>${"c".repeat(500)}`, `${hostile}${"m".repeat(10_000)}`);
    await using lab = await labOf({ keys, script: { otherwise: openai, keys: { [DEAD]: refuse, [LIVE]: refuse } } });
    await lab.chat();
    await lab.chat();
    const page = await lab.open("/admin", { viewport: { width: 360, height: 740 } });
    await page.getByText("2 of 2 keys of fake are invalid").waitFor();
    expect(await page.locator("img, b, main script").count()).toBe(0);
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "overview-hostile");
  });

  test("asks before it tests many keys, and says how many work", async () => {
    const keys = Array.from({ length: 30 }, (_, index) => fakeSecret(`overview_many_${index}`, true));
    let isRefused = true;
    const behave: Behaviour = (call) => (isRefused ? noCredit(call) : openai(call));
    await using lab = await labOf({ keys, script: { otherwise: behave } });
    await operate(lab, "test", { all_keys: true, model: "gpt-test" });
    isRefused = false;
    const page = await lab.open();
    const item = page.getByRole("listitem").filter({ hasText: "30 of 30 keys of fake have no credit" });
    await item.getByText("and 25 more").waitFor();
    await item.getByRole("button", { name: "Test" }).click();
    const dialog = page.getByRole("dialog", { name: "Test" });
    await dialog.getByText("30 real calls").waitFor();
    await dialog.getByRole("button", { name: "Test" }).click();
    await page.getByText("30 of 30 work").waitFor();
    // A provider without a test model is asked for its models, which says nothing of credit.
    await item.getByRole("button", { name: "Reset" }).click();
    await page.getByText("30 keys were reset").waitFor();
    await page.getByText("Nothing needs attention").waitFor();
    await page.getByText("Nothing needs attention").waitFor();
  });

  test("of a daemon without a key says how to add one", async () => {
    await using lab = await labOf({ config: { providers: [] } });
    const page = await lab.open();
    await page.getByRole("heading", { name: "Add a first key" }).waitFor();
    await page.getByText("openai-balance keys add").waitFor();
    await page.getByText("No provider has a key that may serve").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "overview-empty");
    await page.getByRole("link", { name: "Add keys" }).first().click();
    await page.getByRole("heading", { name: "Keys", level: 1 }).waitFor();
  });

  test("before any request shows one that works", async () => {
    await using lab = await labOf();
    const page = await lab.open();
    await page.getByRole("heading", { name: "Send a request" }).waitFor();
    const line = await page.locator("pre", { hasText: "curl" }).textContent();
    expect(line).toStartWith(`curl ${lab.daemon.url}/v1/`);
    await shoot(page, "overview-first");
    const shell = Bun.spawn(["sh", "-c", `${line} -s -o /dev/null -w '%{http_code}'`], {
      env: { ...process.env, CLIENT_TOKEN: CLIENT },
    });
    expect(await new Response(shell.stdout).text()).toBe("200");
  });

  test("says that the config file is not what runs, and that it is again", async () => {
    await using lab = await labOf();
    const page = await lab.open("/admin", { allowed: /422/ });
    const good = await Bun.file(join(lab.home.path, "config.yaml")).text();
    await Bun.write(join(lab.home.path, "config.yaml"), JSON.stringify({ servr: {}, ...JSON.parse(good) }));
    await operate(lab, "reload");
    await page.reload();
    const item = page.getByRole("listitem").filter({ hasText: "The configuration file is wrong" });
    await item.getByText("servr: unknown field").waitFor();
    await shoot(page, "overview-config");
    await Bun.write(join(lab.home.path, "config.yaml"), good);
    await item.getByRole("button", { name: "Read it again" }).click();
    await page.getByText("was read again and is in effect").waitFor();
    await item.waitFor({ state: "detached" });
  });
});
