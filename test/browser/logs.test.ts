// The page Logs in a real browser: what became of requests, live, searched, opened, taken along and deleted.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import type { Behaviour } from "../fixture/upstream.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, axeFaults, CLIENT, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [DEAD, GOOD] = ["logs_dead", "logs_good"].map((name) => fakeSecret(name, true)) as [string, string];
const TAGS = `<script>document.title="hacked"</script><img src=x onerror='document.title="hacked"'>`;
const TURNED = "\u202egpj.exe\u202c שלום \"'`$(reboot)`";
const HOSTILE = `${TAGS}${TURNED}`;

/** Says what it hears of the key, and more than anybody wants to read. */
const refusing: Behaviour = ({ key }) =>
  Response.json(
    {
      error: {
        message: `Incorrect API key provided: ${key}. ${HOSTILE} ${"long ".repeat(2_000)}`,
        code: "invalid_api_key",
      },
    },
    { status: 401, headers: { "x-request-id": "req_at_provider", "set-cookie": "who=client" } },
  );

const { browser } = await openBrowser();
afterAll(() => browser?.close());

/** Written, so that the page finds it. */
async function recorded(lab: PageLab, count: number): Promise<void> {
  const ask = async () => {
    const answer = await lab.daemon.ask("/admin/api/logs.count", {
      headers: { authorization: `Bearer ${ADMIN}` },
    });
    return ((await answer.json()) as { count: number }).count;
  };
  let known = 0;
  await until("the records", async () => {
    known = await ask();
    return known >= count;
  });
}

/** How many records with that text there were. */
async function deleted(lab: PageLab, text: string): Promise<number> {
  const headers = { authorization: `Bearer ${ADMIN}` };
  const answer = await lab.daemon.ask("/admin/api/logs.delete", {
    method: "POST",
    headers,
    body: JSON.stringify({ text }),
  });
  return (JSON.parse(answer.text) as { readonly deleted: number }).deleted;
}

const rowsOf = (page: Page) => page.getByRole("list", { name: "Requests" }).getByRole("listitem");

describe.skipIf(browser === undefined)("the page Logs", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser === undefined) return;
    lab = await openPageLab(browser, {
      script: { otherwise: openai, keys: { [DEAD]: refusing } },
      config: (url) => ({
        providers: [
          {
            name: "fake",
            base_url: url,
            strategy: "fill_first",
            api_keys: [
              { key: DEAD, name: `dead${HOSTILE}`.slice(0, 60), weight: 1000 },
              { key: GOOD, name: "good" },
            ],
          },
        ],
      }),
    });
    await lab.chat({ model: "first-model" });
    await lab.chat({ model: "second-model" });
    await lab.chat({ model: HOSTILE });
    await lab.daemon.ask("/v1/nothing-of-this-kind", { headers: { authorization: `Bearer ${CLIENT}` } });
    await recorded(lab, 4);
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  test("shows what became of each request, hostile names as text", async () => {
    const page = await lab.open("/admin/logs");
    await rowsOf(page).nth(3).waitFor();
    await shoot(page, "logs");
    expect(await axeFaults(page)).toEqual([]);
  });

  test("is searched by status, by text and by what is hidden, all in the address", async () => {
    const page = await lab.open("/admin/logs");
    await rowsOf(page).nth(3).waitFor();
    await page.getByLabel("Status", { exact: true }).fill("4xx");
    await until("the filter", async () => (await rowsOf(page).count()) === 1);
    expect(new URL(page.url()).search).toBe("?status=4xx");
    await page.getByLabel("Status", { exact: true }).fill("9");
    await page.getByText("A status such as 429 or 4xx").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await rowsOf(page).nth(3).waitFor();
    await page.getByLabel("Search").fill("SECOND-mod");
    await until("the search", async () => (await rowsOf(page).count()) === 1);
    await page.getByLabel("Search").fill("nothing has this");
    await page.getByText("No request matches these filters").waitFor();
    await page.getByRole("main").getByRole("button", { name: "Clear filters" }).last().click();
    await page.getByLabel("Search").fill(DEAD);
    await until("the mask", () => page.url().includes("..."));
    expect(page.url()).not.toContain(DEAD.slice(4, -4));
    await page.getByRole("search").getByRole("button", { name: "Clear filters" }).click();
    await page.getByRole("button", { name: "More filters" }).click();
    await page.getByLabel("An attempt ended with").selectOption("invalid_key");
    await until("the outcome", async () => (await rowsOf(page).count()) === 1);
    await page.getByLabel("Model", { exact: true }).focus();
    await page.locator("datalist option[value=second-model]").waitFor({ state: "attached" });
    await shoot(page, "logs-filters");
    expect(await axeFaults(page)).toEqual([]);
    await page.reload();
    await rowsOf(page).getByText("first-model").waitFor();
  });

  test("shows what comes by itself, and waits where the user is somewhere else", async () => {
    const page = await lab.open("/admin/logs?model=live-model");
    await page.getByText("No request matches these filters").waitFor();
    await lab.chat({ model: "live-model" });
    await rowsOf(page).first().waitFor();
    await page.getByRole("status").getByText("1 new request").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await lab.chat({ model: "live-model" });
    await lab.chat({ model: "another-model" });
    await lab.chat({ model: "live-model" });
    await page.getByRole("button", { name: "Show new requests (2)" }).waitFor();
    expect(await rowsOf(page).count()).toBe(1);
    await page.getByRole("button", { name: "Show new requests (2)" }).click();
    expect(await rowsOf(page).count()).toBe(3);
    // In the list with the keyboard: nothing moves either.
    await page.getByRole("button", { name: "Pause" }).click();
    await rowsOf(page).getByRole("link").first().focus();
    await lab.chat({ model: "live-model" });
    await page.getByRole("button", { name: "Show new requests (1)" }).waitFor();
    expect(await rowsOf(page).count()).toBe(3);
    await page.getByRole("link", { name: "Logs" }).click();
    expect(await deleted(lab, "e-model")).toBe(4);
    await page.getByText("another-model").waitFor();
    await until("the deletion", async () => (await page.getByText("live-model").count()) === 0);
    expect(await deleted(lab, "another-model")).toBe(1);
  });

  test("a request that another key served opens to its attempts, along its time", async () => {
    const page = await lab.open("/admin/logs?text=first-model");
    await rowsOf(page).getByRole("link").click();
    await page.getByRole("heading", { name: "Request", level: 1 }).waitFor();
    const bars = page.getByRole("region", { name: "Where the time went" });
    await bars.getByRole("button", { name: /^2\. fake\/good: Served/ }).waitFor();
    const first = bars.getByRole("img", { name: /Connects \d+ ms, .*Waits for the answer/ }).first();
    await first.waitFor();
    await bars.getByText("As a table").click();
    await bars.getByRole("rowheader", { name: /^1\. fake.*Waits for the answer/ }).waitFor();
    await bars.getByRole("button", { name: /^1\. fake/ }).press("Enter");
    const attempt = page.getByRole("article").first();
    expect(await page.evaluate("document.activeElement.id")).toBe("attempt-1");
    const told = (await attempt.textContent()) ?? "";
    for (const part of [
      "Invalid key",
      "The key",
      "401",
      "invalid_api_key",
      "x-request-id: req_at_provider",
      JSON.stringify(TAGS).slice(1, -1),
    ])
      expect(told).toContain(part);
    expect(told).not.toContain("who=client");
    expect(await page.title()).not.toBe("hacked");
    await shoot(page, "logs-request");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("link", { name: "Back to the list" }).click();
    await rowsOf(page).first().waitFor();
    expect(new URL(page.url()).search).toBe("?text=first-model");
  });

  test("the daemon's own log", async () => {
    const page = await lab.open("/admin/logs?tab=daemon");
    await page.getByRole("list", { name: "Daemon log" }).getByText("Request served").first().waitFor();
    await shoot(page, "logs-daemon");
    expect(await axeFaults(page)).toEqual([]);
  });

  test("as a command for the shell it has no secret, and nothing of its model is more than text", async () => {
    const page = await lab.open(`/admin/logs?model=${encodeURIComponent(HOSTILE)}`);
    await rowsOf(page).getByRole("link").click();
    const card = page.getByRole("region", { name: "Try it again" });
    const command = (await card.locator("pre").textContent()) ?? "";
    expect(command).toStartWith(
      `curl '${lab.daemon.url}/v1/chat/completions' \\\n  -H "Authorization: Bearer $OPENAI_API_KEY"`,
    );
    const printing = `curl() { for last; do :; done; printf %s "$last"; }\n${command}`;
    const { stdout } = Bun.spawnSync(["sh", "-c", printing], { env: {} });
    expect(JSON.parse(stdout.toString())).toMatchObject({ model: HOSTILE });
    await card.getByLabel("Only at fake").check();
    expect(await card.locator("pre").textContent()).toContain("/fake/v1/chat/completions'");
  });

  test("an id that is not there says why, and how to go on", async () => {
    const page = await lab.open("/admin/logs/req_nothing", { allowed: /422/ });
    await page.getByRole("heading", { name: "There is no such record" }).waitFor();
    await page.getByText("There is no record of that request").waitFor();
    await page.getByRole("link", { name: "Back to the list" }).click();
    await rowsOf(page).first().waitFor();
  });

  test("what is filtered is taken along as a file", async () => {
    const page = await lab.open("/admin/logs?status=200");
    const load = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name, exact: true }).click(),
      ]);
      return [download.suggestedFilename(), await readFile(await download.path(), "utf8")] as const;
    };
    const [csvName, csv] = await load("Download CSV");
    expect(csvName).toMatch(/^openai-balance-requests-\d{8}T\d{6}Z\.csv$/);
    expect([csv.split("\r\n").length, csv.includes("first-model")]).toEqual([5, true]);
    const [linesName, lines] = await load("Download JSON lines");
    expect(linesName).toEndWith(".ndjson");
    const models = lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).model);
    expect(models).toEqual(["first-model", "second-model", HOSTILE]);
  });

  test("deleting counts first, and all of them must be said", async () => {
    const page = await lab.open("/admin/logs?text=second-model");
    await rowsOf(page).first().waitFor();
    await page.getByRole("button", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete request records" });
    await dialog.getByText("1 request matches.").waitFor();
    await dialog.getByText("second-model").waitFor();
    await shoot(page, "logs-delete");
    expect(await axeFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("1 record deleted").waitFor();
    await page.getByText("No request matches these filters").waitFor();
    await page.goto("/admin/logs");
    await until("the others", async () => (await rowsOf(page).count()) === 3);
    await page.getByRole("button", { name: "Delete…" }).click();
    const action = dialog.getByRole("button", { name: "Delete", exact: true });
    await dialog.getByText("3 requests match.").waitFor();
    expect(await action.isDisabled()).toBe(true);
    await dialog.getByLabel("Delete every record there is").check();
    await action.click();
    await page.getByText("No request is recorded yet").waitFor();
  });
});

test.skipIf(browser === undefined)("records that are switched off are said to be, with what to do", async () => {
  if (browser === undefined) return;
  await using lab = await openPageLab(browser, { config: { requests: { enabled: false } } });
  const page = await lab.open("/admin/logs");
  await page.getByText("Requests are not recorded").waitFor();
  await page.getByRole("link", { name: "Change it in the configuration" }).waitFor();
});
