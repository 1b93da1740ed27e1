// The pages of lists while they load, when their operation fails, in the smallest window, and with hostile names.
import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, openPageLab, type PageLab } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const HOSTILE = `<img src=x onerror=alert(1)>"'\u202e${"x".repeat(150)}`;

describe.skipIf(browser === undefined)("in a browser", () => {
  let lab: PageLab;
  beforeEach(async () => {
    if (browser === undefined) return;
    lab = await openPageLab(browser, {
      config: {
        auth: {
          admin_token: ADMIN,
          client_tokens: [{ name: HOSTILE, token: fakeSecret("browser_states"), models: ["m".repeat(200)], rpm: 1 }],
        },
        proxies: { urls: [`http://${"proxy-".repeat(9)}a.example:3128`] },
        webhooks: [{ name: "w".repeat(64), url: "http://127.0.0.1:1/" }],
      },
    });
  });
  afterEach(() => lab?.[Symbol.asyncDispose]());

  test.each(["tokens", "proxies", "jobs", "webhooks", "sessions"])("%s", async (name) => {
    const page = await lab.open("/admin", { allowed: /status of 500/, viewport: { width: 360, height: 700 } });
    const answer = Promise.withResolvers<void>();
    const api = `**/admin/api/${name}.list`;
    await page.route(api, async (route) => {
      await answer.promise;
      const error = { code: "internal_error", message: "The log has it", exit_code: 1 };
      await route.fulfill({ status: 500, json: { error } });
    });
    await page.goto(`/admin/${name}`);
    await page.getByRole("status", { name: "Loading" }).waitFor();
    answer.resolve();
    await page.getByRole("alert").getByText("This did not work: The log has it").waitFor();
    await page.unroute(api);
    await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    const card = page.getByRole("article").first();
    await card.waitFor();
    await page.getByRole("main").getByRole("alert").waitFor({ state: "detached" });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBe(0);
    if (name === "tokens") expect(await card.getByRole("heading").textContent()).toBe(HOSTILE);
    expect(await page.locator("img").count()).toBe(0);
  });
});
