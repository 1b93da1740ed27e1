// Every page with much to show, some of it hostile: pictures, accessibility, no sideways scroll, and text as text.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { PAGE_NAMES } from "../../src/dashboard/page-names.ts";
import { errorJson, serverError, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { ADMIN, axeFaults, CLIENT, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(2 * TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

/** Would run where it became markup, ends quotes of each kind, and turns the direction of what follows. */
const HOSTILE = `"'><img src=x onerror="window.hostile=1"><script>window.hostile=1</script>\u202Egnp.exe\u202C &amp; {0}`;
const LONG = "x".repeat(10_000);

const GOOD = fakeSecret("every_good", true);
const BAD = fakeSecret("every_bad", true);
const DEAD = fakeSecret("every_dead", true);
const LIMITED = fakeSecret("every_limited", true);

const LOOKS_LIKE = [
  { locale: "en-US", colorScheme: "light" },
  { locale: "zh-CN", colorScheme: "dark" },
] as const;

/** One provider with keys in several states, one that fails, and one of everything else that pages list. */
function configOf(url: string): Readonly<Record<string, unknown>> {
  return {
    auth: { admin_token: ADMIN, client_tokens: [CLIENT] },
    providers: [
      { name: "fake", base_url: url, api_keys: [{ key: GOOD, name: HOSTILE }, BAD, LIMITED] },
      { name: "broken", base_url: "http://127.0.0.1:9/v1", api_keys: [DEAD], proxies: ["http://127.0.0.1:9"] },
    ],
    default_provider: "fake",
    models: { fast: ["broken/gpt-test", "fake/gpt-test"] },
    webhooks: [{ name: "pager", url: "http://127.0.0.1:9/hook", events: ["key.*"] }],
  };
}

/** Waits until nothing is being loaded: what is asked for is there, and what that leads to was drawn and asked for, too. */
async function settle(page: Page): Promise<void> {
  await page.locator("main h1").waitFor();
  await until("the page", async () => {
    const asked = await askedBy(page);
    // An effect, and what it asks for, is there two pictures later.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    return (await page.locator("main .skeleton").count()) === 0 && (await askedBy(page)) === asked;
  });
}

/** How many answers and files it has got. */
function askedBy(page: Page): Promise<unknown> {
  return page.evaluate("performance.getEntriesByType('resource').length");
}

async function fill(lab: PageLab): Promise<void> {
  for (const model of ["gpt-test", "gpt-test", HOSTILE, LONG.slice(0, 200), "broken/gpt-test", "fast"])
    await (await lab.chat({ model })).text();
  for (let index = 0; index < 20; index += 1) await (await lab.chat({ stream: index % 2 === 0 })).text();
}

describe.skipIf(browser === undefined)("every page", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser === undefined) return;
    const behaviours = {
      [GOOD]: openai,
      [BAD]: unauthorized,
      [LIMITED]: () => errorJson(429, "rate_limit_exceeded", `Slow down ${HOSTILE}`),
    };
    const script = { keys: behaviours, models: { [HOSTILE]: () => errorJson(400, HOSTILE, HOSTILE + LONG) } };
    lab = await openPageLab(browser, {
      script: { ...script, otherwise: serverError },
      config: configOf,
    });
    await fill(lab);
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  const look = async (name: string, path: string) => {
    for (const given of LOOKS_LIKE) {
      const page = await lab.open(path, given);
      await settle(page);
      await shoot(page, given.colorScheme === "dark" ? `${name}-zh-dark` : name);
      expect(await axeFaults(page)).toEqual([]);
      expect(await page.evaluate("window.hostile")).toBeUndefined();
      await page.context().close();
    }
  };

  test.each(PAGE_NAMES)("%s", (name) => look(name, name === "overview" ? "/admin" : `/admin/${name}`));

  test.each(["keys", "logs"])("one of %s", async (name) => {
    const page = await lab.open(`/admin/${name}`);
    const first = page.locator(`main a[href^="/admin/${name}/"]`).first();
    const path = await first.getAttribute("href");
    await page.context().close();
    await look(`${name}-one`, path ?? "none");
  });
});
