// Client tokens in a real browser: made with limits, shown once, rotated, revoked.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, axeFaults, CLIENT, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const HOSTILE = '<script>alert("x")</script> \u202etfel';

/** The status that a client gets with a token. */
async function statusWith(lab: PageLab, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ model: "gpt-test", messages: [{ role: "user", content: "hi" }] });
  return (await fetch(`${lab.daemon.url}/v1/chat/completions`, { method: "POST", headers, body })).status;
}

async function shownSecret(page: Page): Promise<string> {
  const secret = await page.getByRole("dialog").getByText(/^oab-/).textContent();
  await page.getByRole("button", { name: "I have saved it" }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  return secret ?? "";
}

describe.skipIf(browser === undefined)("in a browser", () => {
  test("a token is made with its rules, shown once, used, rotated and revoked", async () => {
    if (browser === undefined) return;
    await using lab = await openPageLab(browser);
    const page = await lab.open("/admin/tokens", { allowed: /status of 4/ });
    await page.getByRole("article").filter({ hasText: "It is written in" }).waitFor();
    await page.getByRole("button", { name: "Add a token" }).first().click();
    await page.getByLabel("Name").fill("ci");
    await page.getByLabel("Requests a minute").fill("many");
    await page.getByRole("button", { name: "Make the token" }).click();
    await page.getByRole("dialog").getByRole("alert").getByText("rpm").waitFor();
    await page.getByLabel("Requests a minute").fill("60");
    await page.getByLabel("Tokens a day").fill("2M");
    await page.getByLabel("Expires", { exact: true }).selectOption("in 30 days");
    await page.getByLabel("Models").fill("gpt-*");
    await page.getByRole("checkbox", { name: "fake" }).check();
    await shoot(page, "tokens-add");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Make the token" }).click();
    await page.getByText("It is shown this one time").waitFor();
    await shoot(page, "tokens-secret");
    expect(await axeFaults(page)).toEqual([]);
    const secret = await shownSecret(page);
    expect(secret).toMatch(/^oab-[\w-]{20,}$/);
    expect(await statusWith(lab, secret)).toBe(200);
    await page.reload();
    const card = page.getByRole("article", { name: "ci" });
    await card.getByRole("img", { name: "Requests a minute: 1 of 60" }).waitFor();
    expect(await page.content()).not.toContain(secret);
    await shoot(page, "tokens");
    expect(await axeFaults(page)).toEqual([]);

    await card.getByRole("link", { name: "1 request with ci" }).click();
    await page.getByRole("heading", { name: "Logs", level: 1 }).waitFor();
    expect(new URL(page.url()).search).toBe("?token=ci");
    await page.goBack();
    await page.getByRole("button", { name: "Rotate ci" }).click();
    await page.getByLabel("The old secret counts").selectOption("no longer");
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    const next = await shownSecret(page);
    expect([await statusWith(lab, secret), await statusWith(lab, next)]).toEqual([401, 200]);

    await page.getByRole("button", { name: "Revoke ci" }).click();
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await card.waitFor({ state: "detached" });
    expect(await statusWith(lab, next)).toBe(401);
    expect(await statusWith(lab, CLIENT)).toBe(200);
  });

  test("the first token is made with a warning, a secret that is not saved is asked about, hostile names are text", async () => {
    if (browser === undefined) return;
    await using lab = await openPageLab(browser, {
      config: { auth: { admin_token: ADMIN } },
    });
    const page = await lab.open("/admin/tokens", { colorScheme: "dark" });
    await page.getByRole("heading", { name: "There is no client token" }).waitFor();
    await shoot(page, "tokens-empty");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Add a token" }).first().click();
    await page.getByLabel("Name").fill(HOSTILE);
    await page.keyboard.press("Enter");
    await page.getByText("requests without one are no longer let in").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("The secret cannot be shown again").waitFor();
    await shoot(page, "tokens-first");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("article").getByRole("heading", { name: "<script>" }).waitFor();
    await page.getByRole("button", { name: /^Revoke / }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByText("No token is left").waitFor();
  });

  test("many tokens are found by a word", async () => {
    if (browser === undefined) return;
    const tokens = Array.from({ length: 120 }, (_, at) => ({
      name: `team-${at}`,
      token: fakeSecret(`browser_team_${at}`),
    }));
    await using lab = await openPageLab(browser, {
      config: { auth: { admin_token: ADMIN, client_tokens: tokens } },
    });
    const page = await lab.open("/admin/tokens");
    await page.getByText("120 tokens").waitFor();
    expect(await page.getByRole("article").count()).toBe(50);
    await page.getByRole("button", { name: "Show more, 70 are left" }).click();
    expect(await page.getByRole("article").count()).toBe(100);
    await page.getByLabel("Find").fill("team-77");
    await page.getByText("1 token", { exact: true }).waitFor();
    expect(await page.getByRole("article", { name: "team-77" }).count()).toBe(1);
  });
});
