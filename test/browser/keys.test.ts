// The page Keys in a real browser: filters, order, many keys chosen and changed, tests, and lists of any length.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { keyIdOf } from "../../src/core/ids.ts";
import { maskSecret } from "../../src/core/redaction.ts";
import { noCredit, rateLimited, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { axeFaults, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(2 * TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const NAMES = ["team-a", "team-b", "dead", "poor", "busy", "spare"];
const named = (name: string) => ({ name, key: fakeSecret(`keys_${name}`, true) });
const secretOf = (name: string) => named(name).key;

const grid = (page: Page) => page.getByRole("grid", { name: "Keys" });
const row = (page: Page, name: string) =>
  grid(page)
    .getByRole("row")
    .filter({ has: page.getByRole("link", { name, exact: true }) });
/** The badge of a state has a sign before its word. */
const cell = (page: Page, name: string, state: string) =>
  row(page, name)
    .getByRole("gridcell")
    .filter({ hasText: new RegExp(`^[^a-z]?${state}$`) });
const shownNames = (page: Page) => grid(page).getByRole("row").getByRole("link").allTextContents();
const chosen = (page: Page) => page.getByRole("group", { name: "Chosen keys" });

/** Waits until the table has these keys, in this order. */
async function showing(page: Page, ...names: readonly string[]): Promise<void> {
  await until(`the keys ${names.join()}`, async () => (await shownNames(page)).join() === names.join());
}

async function choose(page: Page, ...names: readonly string[]): Promise<void> {
  for (const name of names) await row(page, name).getByRole("checkbox").click();
  await chosen(page).getByText(`${names.length} chosen`).waitFor();
}

describe.skipIf(browser === undefined)("in a browser", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser === undefined) return;
    lab = await openPageLab(browser, {
      keys: NAMES.map((name) => ({ ...named(name), ...(name === "busy" && { limits: { rpm: 60 } }) })),
      script: {
        otherwise: openai,
        keys: {
          [secretOf("dead")]: unauthorized,
          [secretOf("poor")]: noCredit,
          [secretOf("busy")]: rateLimited(600),
        },
      },
    });
    const page = await lab.open("/admin/keys");
    await grid(page).getByText("team-a").waitFor();
    await grid(page).focus();
    await page.keyboard.press("Control+a");
    await chosen(page).getByText("All 6 that match are chosen").waitFor();
    await chosen(page).getByRole("button", { name: "Test" }).click();
    const dialog = page.getByRole("dialog", { name: "Test of keys" });
    await dialog.getByText("6 of 6 tested · 3 work, 3 fail").waitFor();
    await shoot(page, "keys-test");
    expect(await axeFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.close();
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  test("every key shows its state, why and until when", async () => {
    const page = await lab.open("/admin/keys");
    await cell(page, "dead", "Invalid").waitFor();
    expect(await row(page, "dead").textContent()).toContain("401 invalid_api_key: Incorrect API key provided");
    expect(await row(page, "busy").textContent()).toContain("429 rate_limit_exceeded");
    expect(await row(page, "busy").getByRole("img").getAttribute("aria-label")).toMatch(/^rpm \d+\/60$/);
    await shoot(page, "keys");
    expect(await axeFaults(page)).toEqual([]);
  });

  test("filters find keys, are in the address, and come from it", async () => {
    const page = await lab.open("/admin/keys", { allowed: /422/ });
    await page.getByRole("button", { name: "Invalid 1" }).click();
    await showing(page, "dead");
    await page.getByRole("button", { name: "Exhausted 1" }).click();
    await showing(page, "dead", "poor");
    expect(new URL(page.url()).search).toBe("?status=invalid&status=exhausted");
    await page.getByLabel("Search").fill("quota");
    await showing(page, "poor");
    await page.reload();
    await showing(page, "poor");
    expect(await page.getByLabel("Search").inputValue()).toBe("quota");
    await page.getByLabel("Search").fill("nothing has this");
    await page.getByText("None of 6 keys matches").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await showing(page, ...NAMES);
    await page.getByLabel("Failures, at least").fill("1000");
    await page.getByText("None of 6 keys matches").waitFor();
    await page.goto("/admin/keys?provider=nowhere");
    await page.getByRole("alert").getByText("There is no provider nowhere").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await showing(page, ...NAMES);
  });

  test("the heads of columns sort, one way, the other way, and not at all", async () => {
    const page = await lab.open("/admin/keys");
    const head = grid(page).getByRole("columnheader", { name: "Name" });
    await head.getByRole("button").click();
    await showing(page, ...NAMES.toSorted());
    expect(await head.getAttribute("aria-sort")).toBe("ascending");
    await head.getByRole("button").click();
    await showing(page, ...NAMES.toSorted().toReversed());
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    expect(new URL(page.url()).search).toBe("?sort=name&descending=true");
    await head.getByRole("button").click();
    await showing(page, ...NAMES);
    expect(await head.getAttribute("aria-sort")).toBeNull();
  });

  test("the keyboard moves, chooses and opens", async () => {
    const page = await lab.open("/admin/keys");
    await row(page, "spare").waitFor();
    await grid(page).focus();
    const active = () => grid(page).getAttribute("aria-activedescendant");
    const activeName = async () =>
      page
        .locator(`[id="${await active()}"]`)
        .getByRole("link")
        .textContent();
    expect(await activeName()).toBe("team-a");
    await page.keyboard.press("End");
    expect(await activeName()).toBe("spare");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press(" ");
    await page.keyboard.press("Shift+ArrowUp");
    await page.keyboard.press("Shift+ArrowUp");
    await chosen(page).getByText("3 chosen").waitFor();
    expect(await row(page, "dead").getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Escape");
    await chosen(page).waitFor({ state: "hidden" });
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/admin\/keys\/[0-9a-f]{12}$/);
  });

  test("chosen keys are disabled, enabled and reset", async () => {
    const page = await lab.open("/admin/keys");
    await choose(page, "team-b", "spare");
    await chosen(page).getByRole("button", { name: "Disable" }).click();
    await page.getByText("2 keys are disabled.").waitFor();
    await cell(page, "spare", "Disabled").waitFor();
    await page.getByRole("button", { name: "Disabled 2" }).waitFor();
    await chosen(page).getByRole("button", { name: "Enable" }).click();
    await page.getByText("2 keys are enabled.").waitFor();
    await cell(page, "spare", "Ready").waitFor();
    await chosen(page).getByRole("button", { name: "Choose none" }).click();
    await choose(page, "dead");
    await chosen(page).getByRole("button", { name: "Reset" }).click();
    await page.getByText("1 key was reset.").waitFor();
    await cell(page, "dead", "Ready").waitFor();
  });

  test("all that match are changed, and no other", async () => {
    const page = await lab.open("/admin/keys?search=team");
    await row(page, "team-b").getByRole("checkbox").click();
    await chosen(page).getByRole("button", { name: "Choose all 2 that match" }).click();
    await chosen(page).getByText("All 2 that match are chosen").waitFor();
    await shoot(page, "keys-chosen");
    expect(await axeFaults(page)).toEqual([]);
    await chosen(page).getByRole("button", { name: "Disable" }).click();
    await page.getByText("2 keys are disabled.").waitFor();
    expect(await lab.home.states()).toMatchObject({ "team-a": "disabled", "team-b": "disabled", spare: "ready" });
    // One of all is left out.
    await row(page, "team-a").getByRole("checkbox").click();
    await chosen(page).getByText("1 chosen").waitFor();
    await chosen(page).getByRole("button", { name: "Enable" }).click();
    await page.getByText("1 key is enabled.").waitFor();
    expect(await lab.home.states()).toMatchObject({ "team-a": "disabled", "team-b": "ready" });
    await chosen(page).getByRole("button", { name: "Choose none" }).click();
    await choose(page, "team-a");
    await chosen(page).getByRole("button", { name: "Enable" }).click();
    await page.getByText("1 key is enabled.").waitFor();
  });

  test("deleting asks first, and tells which keys stay, and why", async () => {
    const key = fakeSecret("keys_stored", true);
    await lab.home.control().call("keys.add", { keys: [{ key, name: "stored" }] });
    const page = await lab.open("/admin/keys?sort=name");
    await choose(page, "stored", "spare");
    await chosen(page).getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete 2 keys?" });
    await dialog.getByText("This cannot be undone.").waitFor();
    await shoot(page, "keys-delete");
    expect(await axeFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(Object.keys(await lab.home.states())).toContain("stored");
    await chosen(page).getByRole("button", { name: "Delete" }).click();
    await dialog.getByRole("button", { name: "Delete 2" }).click();
    await page.getByText("1 key was deleted.").waitFor();
    await page.getByText(/spare: it comes from config\.yaml.*disable it/).waitFor();
    await showing(page, ...NAMES.toSorted());
    expect(Object.keys(await lab.home.states())).not.toContain("stored");
  });

  test("what somebody else changes is shown without being asked for, and what was chosen stays so", async () => {
    const page = await lab.open("/admin/keys");
    await choose(page, "team-b");
    await lab.home.control().call("keys.disable", { keys: ["spare"] });
    await cell(page, "spare", "Disabled").waitFor();
    await page.getByRole("button", { name: "Disabled 1" }).waitFor();
    await chosen(page).getByText("1 chosen").waitFor();
    await lab.home.control().call("keys.enable", { keys: ["spare"] });
    await cell(page, "spare", "Ready").waitFor();
  });

  test("at 360 pixels each key is a card, and everything can be reached", async () => {
    const page = await lab.open("/admin/keys", { viewport: { width: 360, height: 740 }, colorScheme: "dark" });
    await row(page, "team-a").waitFor();
    await page.getByLabel("Sort by").selectOption("Name");
    await page.getByLabel("Descending").check();
    await showing(page, ...NAMES.toSorted().toReversed());
    await page.getByLabel("Choose all that match").check();
    await chosen(page).getByText("All 6 that match are chosen").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(await axeFaults(page)).toEqual([]);
    await page.screenshot({ path: "dist/screenshots/keys-360-dark.png", fullPage: true });
  });

  test("a whole key that somebody looks for is found by its masked form, and is in no address", async () => {
    const page = await lab.open("/admin/keys");
    await page.getByLabel("Search").fill(secretOf("poor"));
    await showing(page, "poor");
    expect(new URL(page.url()).searchParams.get("search")).toBe(maskSecret(secretOf("poor")));
    await page.getByLabel("Search").fill("");
    await showing(page, ...NAMES);
  });

  test("a range is chosen with Shift, by the mouse", async () => {
    const page = await lab.open("/admin/keys");
    await row(page, "team-b").getByRole("checkbox").click();
    await row(page, "busy").click({ modifiers: ["Shift"] });
    await chosen(page).getByText("4 chosen").waitFor();
    await row(page, "poor").click({ modifiers: ["Control"] });
    await chosen(page).getByText("3 chosen").waitFor();
  });
});

describe.skipIf(browser === undefined)("with 100,000 keys in a browser", () => {
  test("only what is seen is drawn and asked for, also for who scrolls, jumps and chooses", async () => {
    if (browser === undefined) return;
    const folder = mkdtempSync(join(tmpdir(), "many-keys-"));
    using _removed = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
    const keys_file = join(folder, "keys");
    writeFileSync(keys_file, MANY.join("\n"));
    await using lab = await openPageLab(browser, {
      config: (url) => ({ providers: [{ name: "fake", base_url: url, keys_file }] }),
    });
    const page = await lab.open("/admin/keys");
    const limits: number[] = [];
    page.on("request", (request) => {
      const asked = request.url().endsWith("/keys.list") ? JSON.parse(request.postData() ?? "{}") : {};
      if (asked.ids_only !== true && asked.limit !== undefined) limits.push(asked.limit);
    });
    await rowOf(page, 0).waitFor();
    expect(await grid(page).getAttribute("aria-rowcount")).toBe("100001");
    const most = await page.evaluate(SCROLL_THROUGH);
    expect(most).toBeLessThanOrEqual(60);
    expect(await rowOf(page, 99_999).getAttribute("aria-rowindex")).toBe("100001");
    await rowOf(page, 99_999).getByRole("checkbox").click();
    await grid(page).focus();
    await page.keyboard.press("Shift+Home");
    await chosen(page).getByText("100,000 chosen").waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("PageUp");
    await page.keyboard.press(" ");
    await chosen(page).getByText("99,999 chosen").waitFor();
    await chosen(page).getByRole("button", { name: "Choose none" }).click();
    await rowOf(page, 99_990).getByRole("link").click();
    await page.waitForURL(new RegExp(`/admin/keys/${idOf(99_990)}$`));
    await page.goBack();
    await rowOf(page, 99_990).waitFor();
    await page.getByLabel("Search").fill(idOf(4_242));
    await page.getByText("1 of 100,000 keys").waitFor();
    await rowOf(page, 4_242).waitFor();
    expect(limits.length).toBeGreaterThan(2);
    expect(Math.max(...limits)).toBeLessThanOrEqual(200);
  });
});

const ENDING = fakeSecret("of_many", true);
const MANY = Array.from({ length: 100_000 }, (_, index) => `${index}${ENDING}`);
const idOf = (index: number) => keyIdOf("fake", MANY[index] ?? "");
const rowOf = (page: Page, index: number) =>
  grid(page)
    .getByRole("row")
    .filter({ has: page.locator(`a[href="/admin/keys/${idOf(index)}"]`) });

/** In a hundred steps to the end; the answer is how many rows were in the document at most. */
const SCROLL_THROUGH = `(async () => {
  const grid = document.querySelector("[role=grid]");
  let most = 0;
  for (let step = 0; step <= 100; step++) {
    grid.scrollTop = (grid.scrollHeight * step) / 100;
    await new Promise(requestAnimationFrame);
    most = Math.max(most, grid.querySelectorAll("[role=row]").length);
  }
  return most;
})()`;
