// The page Configuration in a real browser: a file of a person, edited, refused, saved, and never seen with its secrets.
import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, axeFaults, CLIENT, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(2 * TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const KEY = fakeSecret("config_key", true);
const OLD = fakeSecret("config_old");

const yamlOf = (url: string) => `# Written by hand.
auth:
  admin_token: ${ADMIN}   # for the page
  client_tokens: ["${CLIENT}"]

providers:
  - name: fake
    base_url: ${url}
    api_keys:
      - '${KEY}'
      # token: ${OLD}
    max_retries: 2

logging: { level: info }  # as always
`;

describe.skipIf(browser === undefined)("the page Configuration", () => {
  let lab: PageLab;
  beforeEach(async () => {
    if (browser === undefined) return;
    lab = await openPageLab(browser);
    const file = () => writeFileSync(fileOf(lab), yamlOf(lab.upstream.url));
    await lab.restart(async () => file());
  });
  afterEach(() => lab?.[Symbol.asyncDispose]());

  const fileOf = (one: PageLab) => join(one.home.path, "config.yaml");
  const onDisk = () => readFileSync(fileOf(lab), "utf8");
  const editor = (page: Page) => page.getByRole("textbox", { name: /^Config file/ });
  const saveButton = (page: Page) => page.getByRole("button", { name: "Review and save" });
  const open = async (options = {}) => {
    const page = await lab.open("/admin/config", options);
    await editor(page).getByText("Written by hand").waitFor();
    return page;
  };

  /** Puts the cursor behind a text of the file, and types. */
  async function typeBehind(page: Page, line: string, text: string): Promise<void> {
    await editor(page).getByText(line, { exact: false }).first().click();
    await page.keyboard.press("End");
    await page.keyboard.type(text);
  }

  test("an error is marked at its line and cannot be saved; mended, it is looked at and saved with all its secrets", async () => {
    const page = await open();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "config");
    expect(await saveButton(page).isDisabled()).toBe(true);

    await typeBehind(page, "max_retries: 2", "x");
    const problem = page.getByRole("button", { name: /Line 12.*max_retries/ });
    await problem.waitFor();
    await page.locator(".cm-problem-error").waitFor();
    expect(await saveButton(page).isDisabled()).toBe(true);
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "config-error");

    await problem.click();
    await page.keyboard.press("End");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("5");
    await saveButton(page).and(page.locator(":enabled")).click();
    const dialog = page.getByRole("dialog", { name: "Review the changes" });
    await dialog.getByText("provider fake: max_retries changed").waitFor();
    await dialog.getByText("max_retries: 5").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "config-review");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved, and in effect now.").waitFor();
    await shoot(page, "config-saved");
    expect(onDisk()).toBe(yamlOf(lab.upstream.url).replace("max_retries: 2", "max_retries: 5"));
    expect(await (await lab.chat()).json()).toMatchObject({ object: "chat.completion" });
    expect(readFileSync(`${fileOf(lab)}.1`, "utf8")).toBe(yamlOf(lab.upstream.url));
  });

  test("a secret is one thing that is removed as a whole, and another one is typed in its place", async () => {
    const page = await open();
    expect(await editor(page).locator(".cm-secret").count()).toBe(4);
    const typed = "no-shape-typed-key-1";
    await editor(page).locator(".cm-line", { hasText: "sk-f" }).click();
    await page.keyboard.press("End");
    await page.keyboard.press("Backspace");
    await page.keyboard.type(typed);
    await saveButton(page).and(page.locator(":enabled")).click();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved, and in effect now.").waitFor();
    await until("the key behind a placeholder", async () => (await editor(page).locator(".cm-secret").count()) === 4);
    expect(onDisk()).toContain(typed);
    expect(await editor(page).textContent()).not.toContain(typed);
  });

  test("a file that somebody else changes meanwhile is not overwritten, and nothing that was typed is lost", async () => {
    const page = await open();
    await typeBehind(page, "max_retries: 2", "0");
    await saveButton(page).and(page.locator(":enabled")).waitFor();
    writeFileSync(fileOf(lab), yamlOf(lab.upstream.url).replace("level: info", "level: warn"));
    await saveButton(page).click();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    const notice = page.getByText("Somebody else has changed the file meanwhile.");
    await notice.waitFor();
    expect(onDisk()).toContain("level: warn");
    await page.getByRole("button", { name: "What they changed" }).click();
    await page.getByRole("region", { name: "What they changed" }).getByText("level: warn").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "config-conflict");
    await page.getByRole("button", { name: "Keep my text, replace theirs" }).click();
    await saveButton(page).and(page.locator(":enabled")).click();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved, and in effect now.").waitFor();
    expect(onDisk()).toBe(yamlOf(lab.upstream.url).replace("max_retries: 2", "max_retries: 20"));
  });

  test("a file that is read-only can be read", async () => {
    chmodSync(fileOf(lab), 0o444);
    const page = await open();
    await page.getByText("The file cannot be changed here: permission denied.").waitFor();
    await editor(page).getByText("max_retries: 2").click();
    await page.keyboard.type("9");
    expect(await editor(page).getByText("max_retries: 2").count()).toBe(1);
    expect(await saveButton(page).isDisabled()).toBe(true);
    chmodSync(fileOf(lab), 0o600);
  });

  test("what is not saved is asked about before another page is shown", async () => {
    const page = await open();
    await typeBehind(page, "max_retries: 2", "0");
    page.once("dialog", (dialog) => void dialog.dismiss());
    await page.getByRole("link", { name: "Tokens" }).click();
    await editor(page).getByText("max_retries: 20").waitFor();
    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("link", { name: "Tokens" }).click();
    await page.getByRole("heading", { name: "Tokens", level: 1 }).waitFor();
  });

  test("the keyboard gets into the editor and out of it", async () => {
    const page = await open();
    await editor(page).focus();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement?.shadowRoot === null")).toBe(true);
    expect(onDisk()).toBe(yamlOf(lab.upstream.url));
  });

  test("the text is searched, and nothing is wider than a narrow window", async () => {
    const page = await open({ viewport: { width: 360, height: 740 } });
    await editor(page).focus();
    await page.keyboard.press("ControlOrMeta+f");
    await page.getByRole("textbox", { name: "Find", exact: true }).pressSequentially("max_retries");
    await page.locator(".cm-searchMatch").first().waitFor();
    expect(await axeFaults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
    await shoot(page, "config-search");
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: "Find", exact: true }).waitFor({ state: "detached" });
  });

  test("what is typed survives another start of the daemon", async () => {
    const page = await open({ allowed: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY|Failed to load|network/i });
    await typeBehind(page, "max_retries: 2", "0");
    await saveButton(page).and(page.locator(":enabled")).waitFor();
    await lab.restart();
    await saveButton(page).click();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved, and in effect now.").waitFor();
    expect(onDisk()).toBe(yamlOf(lab.upstream.url).replace("max_retries: 2", "max_retries: 20"));
  });

  test("the version before is brought back", async () => {
    const page = await open();
    await typeBehind(page, "max_retries: 2", "0");
    await saveButton(page).and(page.locator(":enabled")).click();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved, and in effect now.").waitFor();
    await page.getByRole("button", { name: "Version before" }).click();
    await saveButton(page).and(page.locator(":enabled")).click();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await until("the file as it was", () => Promise.resolve(onDisk() === yamlOf(lab.upstream.url)));
  });

  test("a file that cannot be read as YAML is not shown: it says why, and the version before brings it back", async () => {
    writeFileSync(`${fileOf(lab)}.1`, onDisk());
    writeFileSync(fileOf(lab), `a: [${KEY}`);
    const page = await lab.open("/admin/config");
    await page.getByRole("heading", { name: "The file is not shown" }).waitFor();
    await page.getByText(/no valid YAML/).waitFor();
    await page.getByText("Line 1").waitFor();
    await shoot(page, "config-not-shown");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Version before" }).click();
    await saveButton(page).and(page.locator(":enabled")).click();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved, and in effect now.").waitFor();
    expect(onDisk()).toBe(yamlOf(lab.upstream.url));
  });

  test("a change by hand is told of, and reloaded", async () => {
    const page = await open();
    writeFileSync(fileOf(lab), yamlOf(lab.upstream.url).replace("max_retries: 2", "max_retries: 9"));
    await page.getByRole("button", { name: "Reload", exact: true }).click();
    await page.getByText(/The configuration was reloaded/).waitFor();
    await editor(page).getByText("max_retries: 9").waitFor();
  });

  test("the values in effect come with their origin, and are filtered", async () => {
    const page = await lab.open("/admin/config?tab=values");
    const row = (name: string) => page.getByRole("row", { name });
    await row("server.port").waitFor();
    await shoot(page, "config-values");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByLabel("Filter").fill("max_retries");
    await row("providers[0].max_retries 2 config.yaml:12:5").waitFor();
    await row("server.port").waitFor({ state: "hidden" });
    await page.getByLabel("Filter").fill("");
    await page.getByRole("button", { name: "Set somewhere" }).click();
    await row("auth.admin_token fake...3abf config.yaml:3:3").waitFor();
    await row("server.max_body").waitFor({ state: "hidden" });
  });

  test("in Chinese and in the dark it is as complete", async () => {
    const page = await lab.open("/admin/config", { colorScheme: "dark", locale: "zh-CN" });
    await page
      .getByRole("textbox", { name: /^配置文件/ })
      .getByText("Written by hand")
      .waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "config-dark");
  });
});
