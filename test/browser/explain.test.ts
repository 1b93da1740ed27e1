// The page Explain in a real browser: the key, the wait or the refusal, and every key with its reason.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rateLimited, unauthorized } from "../fixture/behaviours.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { axeFaults, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const named = (name: string, priority = 0) => ({ name, key: fakeSecret(name), priority });
const KEYS = [named("refused"), named("limited"), named("good", 1), named("spare", 2)];

describe.skipIf(browser === undefined)("the page Explain", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser === undefined) return;
    const config = { models: { fast: ["fake/gpt-4o-mini", "fake/gpt-4o"] } };
    lab = await openPageLab(browser, { keys: KEYS, config });
    lab.upstream.byKey(fakeSecret("refused"), unauthorized);
    lab.upstream.byKey(fakeSecret("limited"), rateLimited(600));
    expect((await lab.chat({ model: "gpt-4o-mini" })).status).toBe(200);
    await lab.home.run(["keys", "disable", "spare"]);
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  test("lists every key of the route with why it is picked or skipped", async () => {
    const page = await lab.open("/admin/explain");
    await page.getByRole("heading", { name: "Which key would a request get?" }).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.getByLabel("Model or path").fill("fast");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText("Goes to the key").waitFor();
    await page.getByText("the model is a name under models").waitFor();
    await page.getByRole("heading", { name: "Tier 2" }).waitFor();
    const keys = page.locator(".candidates > li");
    await keys.first().waitFor();
    const texts = await keys.allTextContents();
    expect(texts).toHaveLength(8);
    const of = (name: string) => texts.find((text) => text.includes(name) && text.includes("Tier 1"));
    expect(of("good")).toContain("Picked");
    expect(of("refused")).toMatch(/Skipped.*invalid: the provider refused it.*401/);
    expect(of("limited")).toMatch(/Skipped.*rests for this model|limit/);
    expect(of("spare")).toMatch(/Skipped.*disabled by an operator/);
    await page.getByRole("button", { name: /^Would serve/ }).click();
    expect(await keys.count()).toBeLessThan(8);
    await page.getByRole("button", { name: /^All/ }).click();
    await page.evaluate("scrollTo(0, 0)");
    await shoot(page, "explain");
    expect(await axeFaults(page)).toEqual([]);
    expect(new URL(page.url()).search).toBe("?request=fast");
  });

  test("asks for a path with its method and model, and as a client token", async () => {
    const page = await lab.open("/admin/explain?request=/nowhere/v1/chat/completions");
    await page.getByText("Answered with 404").waitFor();
    await page.getByLabel("Model or path").fill("/v1/files");
    await page.getByLabel("Method").selectOption("GET");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText("GET /v1/files").waitFor();
    await page.goBack();
    await page.getByText("Answered with 404").waitFor();
  });

  test("shows a refusal and a wait", async () => {
    await lab.home.run(["keys", "disable", "good"]);
    const page = await lab.open("/admin/explain?request=gpt-4o-mini");
    await page.getByText(/^(Answered with \d+ |Waits for a key first)/).waitFor();
    await shoot(page, "explain-refused");
    await lab.home.run(["keys", "enable", "good"]);
    await page.getByRole("button", { name: "Ask again" }).click();
    await page.getByText("Goes to the key").waitFor();
    await page.getByRole("link", { name: "Try it in the playground" }).click();
    const model = page.getByLabel("Model");
    await until("the model is there", async () => (await model.inputValue()) === "gpt-4o-mini");
  });

  test("says what is wrong with a question, and shows hostile names as text", async () => {
    const hostile = `<img src=x onerror=alert(1)>${"y".repeat(2_000)}`;
    const query = new URLSearchParams({ request: hostile });
    const page = await lab.open(`/admin/explain?${query}`, { allowed: /422/ });
    await page.getByText("Goes to the key").waitFor();
    expect(await page.locator("main img").count()).toBe(0);
    await shoot(page, "explain-hostile");
    await page.getByLabel("Client token (optional)").fill("nobody");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText(/There is no client token nobody/).waitFor();
  });
});
