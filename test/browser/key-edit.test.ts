// Adding keys by paste, editing them, and the page of one key, in a real browser: no secret comes back, or stays.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { errorJson, silent, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, axeFaults, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const secret = (name: string) => fakeSecret(`page_${name}`, true);
const [ONE, GOOD, OTHER, BAD, LIMITED] = ["one", "good", "other", "bad", "limited"].map(secret) as [
  string,
  string,
  string,
  string,
  string,
];
const HOSTILE = `<script>alert("x")</script>' \u202e\u05de\u05e4\u05ea\u05d7`;

/** An operation, as a command would ask for it. */
async function call(lab: PageLab, name: string, input: object): Promise<Record<string, never>> {
  const answer = await fetch(`${lab.daemon.url}/admin/api/${name}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`${name} was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, never>;
}

/** Adds a key, and gives its id. */
async function stored(lab: PageLab, key: object): Promise<string> {
  const { keys } = (await call(lab, "keys.add", { provider: "fake", keys: [key] })) as never as {
    keys: [{ id: string }];
  };
  return keys[0].id;
}

async function recordsOf(lab: PageLab, id: string): Promise<number> {
  const { records } = (await call(lab, "logs.list", { key: id })) as never as { records: unknown[] };
  return records.length;
}

/** What stands in the fields of the page, which its document does not show. */
async function typed(page: Page): Promise<string> {
  return page.evaluate(
    `[...document.querySelectorAll("input, textarea")].map((field) => field.value).join("\\n")`,
  ) as Promise<string>;
}

async function paste(page: Page, text: string): Promise<Locator> {
  await page.getByRole("button", { name: "Add keys" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Add keys" });
  await dialog.getByLabel("Keys", { exact: true }).fill(text);
  return dialog;
}

const rowOf = (dialog: Locator, text: string) => dialog.getByRole("row").filter({ hasText: text });

describe.skipIf(browser === undefined)("keys", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser === undefined) return;
    const limited = () => errorJson(429, "rate_limit_exceeded", "Slow down: <b>now</b>", { "retry-after": "120" });
    const script = { otherwise: openai, keys: { [BAD]: unauthorized, [LIMITED]: limited } };
    lab = await openPageLab(browser, { script, keys: [{ name: "written", key: ONE }] });
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  test("are pasted, looked at line by line, tested and added", async () => {
    const page = await lab.open("/admin/keys");
    // Streams of results, too, which no other test reads; what the page follows live has no end.
    const answers: Promise<string>[] = [];
    page.on("response", (response) => {
      if (response.url().includes("/admin/api/keys.")) answers.push(response.text().catch(() => ""));
    });
    const dialog = await paste(page, [`${GOOD} # team`, ONE, "two words", GOOD, BAD, ""].join("\n"));
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "keys-add-paste");
    await dialog.getByLabel(/^Test each new key/).check();
    await dialog.getByRole("button", { name: "Look at them" }).click();
    await rowOf(dialog, "New").nth(1).waitFor();
    await rowOf(dialog, "There already").getByText("from config.yaml").waitFor();
    await rowOf(dialog, "Twice").waitFor();
    await rowOf(dialog, "Cannot be taken").getByText("it has a space").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "keys-add-look");
    await dialog.getByRole("button", { name: "Test and add 2 keys" }).click();
    await dialog.getByText("1 key does not work.").waitFor();
    await rowOf(dialog, "Invalid key").getByText("401").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "keys-add-tried");
    await dialog.getByRole("button", { name: "Add 1 key" }).click();
    await dialog.getByText("1 key was added.").waitFor();
    expect(leakIn((await page.content()) + (await typed(page)))).toBeUndefined();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await dialog.waitFor({ state: "detached" });
    expect(leakIn(await typed(page))).toBeUndefined();
    const texts = await Promise.all(answers);
    expect(texts.filter((text) => text.includes('"masked"')).length).toBeGreaterThan(2);
    expect(leakIn(texts.join("\n"))).toBeUndefined();
    const { keys } = (await call(lab, "keys.list", { provider: "fake" })) as never as { keys: unknown[] };
    expect(keys).toHaveLength(2);
  });

  test("are added at once where all that are tested work, with what is said of them", async () => {
    const page = await lab.open("/admin/keys");
    const dialog = await paste(page, OTHER);
    await dialog.getByText("Name, weight, priority").click();
    await dialog.getByLabel("Name", { exact: true }).fill("pasted");
    await dialog.getByLabel("Weight", { exact: true }).fill("0");
    await dialog.getByText("A number above 0, at most 1000").waitFor();
    await dialog.getByLabel("Weight", { exact: true }).fill("2");
    await dialog.getByLabel("Requests per minute", { exact: true }).fill("60");
    await dialog.getByLabel(/^Test each new key/).check();
    await dialog.getByRole("button", { name: "Look at them" }).click();
    await dialog.getByRole("button", { name: "Test and add 1 key" }).click();
    await dialog.getByText("1 key was added.").waitFor();
    expect(await call(lab, "keys.list", { keys: ["pasted"] })).toMatchObject({
      keys: [{ weight: 2, own_limits: { rpm: 60 } }],
    });
  });

  test("are tried until that is stopped, and none is added by that", async () => {
    const slow = Array.from({ length: 20 }, (_, index) => secret(`slow_${index}`));
    for (const key of slow) lab.upstream.byKey(key, silent);
    lab.upstream.byKey(slow[0] ?? "", openai);
    const page = await lab.open("/admin/keys");
    const dialog = await paste(page, slow.join("\n"));
    await dialog.getByLabel(/^Test each new key/).check();
    await dialog.getByRole("button", { name: "Look at them" }).click();
    await dialog.getByRole("button", { name: "Test and add 20 keys" }).click();
    await dialog.getByText("Tested 1 of 20 keys.").waitFor();
    await rowOf(dialog, "Works, ").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "keys-add-try");
    await dialog.getByRole("button", { name: "Stop" }).click();
    await dialog.getByRole("button", { name: "Test and add 20 keys" }).waitFor();
    await dialog.getByRole("button", { name: "Add all 20" }).waitFor();
    await until("the end of the calls", () =>
      lab.upstream.calls.every(({ key, signal }) => key === slow[0] || !slow.includes(key ?? "") || signal.aborted),
    );
    await dialog.getByRole("button", { name: "Back" }).click();
    expect(await dialog.getByLabel("Keys", { exact: true }).inputValue()).toBe(slow.join("\n"));
    const { total } = (await call(lab, "keys.list", { limit: 1, search: "slow" })) as never as { total: number };
    expect(total).toBeLessThan(20);
  });

  test("that are thousands are looked at as well, and a name of 10 kB is no reason to fail", async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({ key: secret(`many_${index}`) }));
    const long = { key: secret("long"), name: "x".repeat(10_240) };
    const page = await lab.open("/admin/keys");
    const dialog = await paste(page, JSON.stringify([...many, long]));
    await dialog.getByRole("button", { name: "Look at them" }).click();
    await dialog.getByRole("button", { name: "Cannot be taken 1" }).click();
    await rowOf(dialog, "Cannot be taken").getByText("name: expected at most 200 characters").waitFor();
    await dialog.getByRole("button", { name: "New 3,000" }).click();
    await dialog.getByText("and 2,800 more").waitFor();
    await shoot(page, "keys-add-many");
  });

  test("are added where another page leads to it, for the provider that it names", async () => {
    const page = await lab.open("/admin/keys?add=1&provider=fake");
    const dialog = page.getByRole("dialog", { name: "Add keys" });
    await dialog.getByRole("option", { name: "fake", exact: true }).waitFor({ state: "attached" });
    expect(await dialog.getByLabel("Provider").inputValue()).toBe("fake");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("?provider=fake");
  });

  test("that cannot be read leave the text, and say why", async () => {
    const page = await lab.open("/admin/keys", { allowed: /422/ });
    const dialog = await paste(page, `["${secret("broken")}`);
    await dialog.getByRole("button", { name: "Look at them" }).click();
    await dialog.getByRole("alert").getByText("it begins as JSON, but is none").waitFor();
    expect(await dialog.getByLabel("Keys", { exact: true }).inputValue()).toContain('["');
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  test("have a page: state and why, limits, calls that lead to the logs", async () => {
    const id = await stored(lab, { key: LIMITED, name: HOSTILE, priority: -5, limits: { rpm: 60, tpd: "2M" } });
    for (let time = 0; time < 2; time++) expect((await lab.chat()).status).toBe(200);
    await until("the records", async () => (await recordsOf(lab, id)) > 0);
    const page = await lab.open(`/admin/keys/${id}`);
    await page.getByRole("heading", { name: HOSTILE, level: 1 }).waitFor();
    await page.getByText("Slow down: <b>now</b>").first().waitFor();
    await page.getByRole("img", { name: /^Requests per minute: [12] \/ 60/ }).waitFor();
    await page.getByText(/^0 requests, 0 served/).waitFor();
    const call = page
      .getByRole("region", { name: "Recent calls" })
      .getByRole("link", { name: /request req_/ })
      .first();
    await call.waitFor();
    await page
      .getByText(/in the end by /)
      .first()
      .waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "key-detail");
    await page.getByRole("button", { name: "Reset gpt-test" }).click();
    await page.getByText("gpt-test is tried again").waitFor();
    await page.getByRole("heading", { name: "What it cannot serve now" }).waitFor({ state: "detached" });
    const path = await call.getAttribute("href");
    await call.click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe(path ?? "");
    await call.waitFor({ state: "detached" });
  });

  test("are tested, disabled, enabled and reset from their page", async () => {
    const id = await stored(lab, { key: secret("acted"), name: "acted" });
    const page = await lab.open(`/admin/keys/${id}`);
    await page.getByRole("button", { name: "Test" }).click();
    const dialog = page.getByRole("dialog", { name: "Test acted" });
    await dialog.getByLabel("Model").fill("gpt-test");
    await dialog.getByRole("button", { name: "Test" }).click();
    await dialog.getByText(/Works, /).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "key-test");
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByText("An operator disabled it").waitFor();
    await page.getByRole("button", { name: "Enable" }).click();
    await page.getByRole("button", { name: "Disable" }).waitFor();
  });

  test("are edited: name, weight and limits, and taken back", async () => {
    const id = await stored(lab, { key: secret("edited"), name: "before", weight: 3, limits: { tpm: 7 } });
    const page = await lab.open(`/admin/keys/${id}`, { allowed: /422/ });
    await page.getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog", { name: "Edit before" });
    expect(await dialog.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Name", { exact: true }).fill("written");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("written is already the name of another key of fake").waitFor();
    await dialog.getByLabel("Name", { exact: true }).fill(`${HOSTILE} 2`);
    await dialog.getByLabel("Weight", { exact: true }).fill("");
    await dialog.getByLabel("Tokens per minute", { exact: true }).fill("");
    await dialog.getByLabel("Requests per minute", { exact: true }).fill("5");
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "key-edit");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: `${HOSTILE} 2`, level: 1 }).waitFor();
    const { keys } = (await call(lab, "keys.list", { keys: [id] })) as never as { keys: object[] };
    expect(keys).toMatchObject([{ name: `${HOSTILE} 2`, weight: 1, own_limits: { rpm: 5 } }]);
    await page.getByRole("img", { name: /^Requests per minute: 0 \/ 5/ }).waitFor();
  });

  test("are edited many at a time, only in what is chosen, and those of the config file stay", async () => {
    for (const name of ["many-1", "many-2"]) await stored(lab, { key: secret(name), name, weight: 3, priority: 9 });
    const page = await lab.open("/admin/keys?search=ny-");
    await page.getByRole("checkbox", { name: "Choose all that match" }).check();
    await page.getByRole("group", { name: "Chosen keys" }).getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog", { name: "Edit 2 keys" });
    expect(await dialog.getByLabel("Weight", { exact: true }).count()).toBe(0);
    await dialog.getByLabel("Change: Weight").check();
    await dialog.getByLabel("Change: Tokens per minute").check();
    await dialog.getByLabel("Tokens per minute", { exact: true }).fill("30k");
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "keys-edit-many");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("2 keys were changed").waitFor();
    await dialog.waitFor({ state: "detached" });
    expect(await call(lab, "keys.list", { keys: ["many-*"] })).toMatchObject({
      keys: [
        { weight: 1, priority: 9, own_limits: { tpm: "30k" } },
        { weight: 1, priority: 9, own_limits: { tpm: "30k" } },
      ],
    });
    await page.goto("/admin/keys?search=written");
    await page.getByRole("checkbox", { name: "Choose all that match" }).check();
    await page.getByRole("group", { name: "Chosen keys" }).getByRole("button", { name: "Edit" }).click();
    const other = page.getByRole("dialog", { name: "Edit 1 key" });
    await other.getByLabel("Change: Weight").check();
    await other.getByLabel("Weight", { exact: true }).fill("2");
    await other.getByRole("button", { name: "Save" }).click();
    await other
      .getByRole("alert")
      .getByText(/it comes from config\.yaml:\d+:\d+: change it there/)
      .waitFor();
  });

  test("are deleted from their page, which leads back to all of them", async () => {
    const id = await stored(lab, { key: secret("gone"), name: "gone" });
    const page = await lab.open(`/admin/keys/${id}`, { allowed: /422/ });
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete this key?" });
    await dialog.getByText("gone of fake").waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Keys", level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/admin/keys");
    await page.goto(`/admin/keys/${id}`);
    await page.getByRole("heading", { name: "There is no such key" }).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "key-gone");
  });

  test("of the config file cannot be edited, and say where they stand", async () => {
    const page = await lab.open("/admin/keys/written", { colorScheme: "dark" });
    await page.getByRole("heading", { name: "written", level: 1 }).waitFor();
    const edit = page.getByRole("button", { name: "Edit" });
    expect(await edit.isDisabled()).toBe(true);
    await page.getByText(/It is written in config\.yaml:\d+:\d+, and changed there/).waitFor();
    await page.locator(".chart canvas").nth(3).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "key-detail-dark");
  });

  test("in Chinese, in a window of 360 pixels", async () => {
    const page = await lab.open("/admin/keys/pasted", { locale: "zh-CN", viewport: { width: 360, height: 740 } });
    await page.getByRole("heading", { name: "最近的调用" }).waitFor();
    await page.getByText(/个请求，成功/).waitFor();
    await shoot(page, "key-detail-chinese");
  });
});
