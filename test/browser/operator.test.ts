// What whoever runs it day by day meets on every page: the focus, questions, words and times.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { openPageLab, type PageLab } from "./page-lab.ts";

setDefaultTimeout(2 * TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const BAD = fakeSecret("operator_bad", true);
const LONG = "production-of-the-european-branch-in-the-north";
const MANY = Array.from({ length: 21 }, (_, index) => fakeSecret(`operator_${index}`, true));

const focused = (page: Page) => page.evaluate("document.activeElement.textContent");

describe.skipIf(browser === undefined)("an operator", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser === undefined) return;
    const script = { keys: { [BAD]: unauthorized }, otherwise: openai };
    lab = await openPageLab(browser, { script, keys: [{ key: BAD, name: LONG }, ...MANY] });
    await (await lab.chat()).text();
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  const openKey = async () => {
    const page = await lab.open(`/admin/keys?search=${LONG}`);
    await page.getByRole("link", { name: LONG }).click();
    await page.getByRole("heading", { name: LONG, level: 1 }).waitFor();
    return page;
  };

  test("keeps the focus on a button that was pressed, and goes on from the heading where it is gone", async () => {
    const page = await openKey();
    await page.getByRole("button", { name: "Disable" }).press("Enter");
    await page.getByText("An operator disabled it").waitFor();
    expect(await focused(page)).toBe("Enable");
    await page.keyboard.press("Enter");
    const reset = page.getByRole("button", { name: "Reset" });
    await reset.press("Enter");
    await reset.waitFor({ state: "detached" });
    await page.locator("h1:focus").waitFor();
  });

  test("finds the cross of a dialog beside its title, however long that is", async () => {
    const page = await openKey();
    await page.setViewportSize({ width: 390, height: 800 });
    await page.getByRole("button", { name: "Test" }).click();
    const dialog = page.getByRole("dialog");
    const title = await dialog.getByRole("heading").boundingBox();
    const cross = await dialog.getByRole("button", { name: "Close" }).first().boundingBox();
    expect(cross?.y).toBeLessThan((title?.y ?? 0) + (title?.height ?? 0));
    expect(cross?.x).toBeGreaterThan((title?.x ?? 0) + (title?.width ?? 0) - 1);
  });

  test("is asked before many real calls", async () => {
    const page = await lab.open("/admin/keys");
    await page.getByRole("checkbox", { name: "Choose all that match" }).check();
    await page.getByRole("group", { name: "Chosen keys" }).getByRole("button", { name: "Test" }).click();
    const before = lab.upstream.count();
    const question = page.getByRole("dialog", { name: "Test 22 keys?" });
    await question.getByText("This makes 22 real calls").waitFor();
    expect(lab.upstream.count()).toBe(before);
    await question.getByRole("button", { name: "Test" }).click();
    await page.getByText("22 of 22 tested").waitFor();
  });

  test("reads in Chinese, too, which key failed", async () => {
    const page = await lab.open("/admin", { locale: "zh-CN" });
    await page.getByRole("heading", { name: `fake 的密钥 ${LONG} 无效` }).waitFor();
  });

  test("is not told that something was tried again when only its time is over", async () => {
    const page = await lab.open("/admin");
    await page.clock.install({ time: Date.now() + 48 * 3_600_000 });
    await page.reload();
    await page.getByText("tried again at next request").waitFor();
  });

  test("reads who answered where no model was asked for", async () => {
    const page = await lab.open("/admin/playground");
    await page.getByRole("textbox", { name: "Message" }).fill("hi");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText(/Answered by fake, with the key/).waitFor();
  });

  test("is told that a request is not there as that, and not as a fault", async () => {
    const page = await lab.open("/admin/logs/req_0", { allowed: /422/ });
    await page.getByRole("heading", { name: "There is no such record" }).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });
});
