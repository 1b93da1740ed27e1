// The page of a real daemon in a real browser, and what every page must hold: no secret, no other host, no error.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { type Script, startUpstream, type Upstream } from "../fixture/upstream.ts";

const SHOTS = join(import.meta.dir, "../../dist/screenshots");
/** Longer than the slowest step on a busy machine; it only ends a test that would hang. */
const STEP_MS = 20_000;
const WIDTHS = [1280, 390] as const;

export const ADMIN = fakeSecret("browser_admin");
export const CLIENT = fakeSecret("browser_client");

export interface LabSetup {
  /** How the fake provider behaves; by default as OpenAI's. */
  readonly script?: Script;
  /** Keys of the provider `fake` in the config file. */
  readonly keys?: readonly (string | object)[];
  /** More of the configuration; takes the place of what is there by default. `url`: of the fake provider. */
  readonly config?: Settings | ((url: string) => Settings);
}

type Settings = Readonly<Record<string, unknown>>;

export interface PageLab extends AsyncDisposable {
  readonly home: Home;
  readonly upstream: Upstream;
  readonly daemon: Daemon;
  /** Begins anew on the same port, as after a crash; `daemon` is the new one then. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  /** A window of a browser of its own, logged in, at `path`. What it met is looked at when the lab ends. */
  open(path?: string, options?: WindowOptions): Promise<Page>;
  /**
   * Closes all windows, and fails where one met what it must not. After each test: a window left open meets what the
   * next test does to the daemon, and costs it time.
   */
  closeWindows(): Promise<void>;
  /** One chat completion of a client. */
  chat(body?: object): Promise<Response>;
}

export interface WindowOptions extends Pick<BrowserContextOptions, "locale" | "colorScheme" | "viewport"> {
  /** Not logged in. */
  readonly isStranger?: boolean;
  /** What the console may say; everything else that it says fails the test. */
  readonly allowed?: RegExp;
}

/** A daemon with one provider, `fake`, two keys, a client token and an admin token. */
export async function openPageLab(browser: Browser, { script, keys, config }: LabSetup = {}): Promise<PageLab> {
  const upstream = startUpstream(script ?? { otherwise: openai });
  const home = await newHome();
  await home.configure({
    auth: { admin_token: ADMIN, client_tokens: [CLIENT] },
    providers: [
      {
        name: "fake",
        base_url: upstream.url,
        api_keys: keys ?? [fakeSecret("browser_one", true), fakeSecret("browser_two", true)],
      },
    ],
    ...(typeof config === "function" ? config(upstream.url) : config),
  });
  const windows: Window[] = [];
  let daemon = await home.serve();
  return {
    home,
    upstream,
    get daemon() {
      return daemon;
    },
    restart: async (meanwhile) => {
      const { port } = new URL(daemon.url);
      await daemon.stop();
      await meanwhile?.();
      daemon = await home.serve({ args: ["--port", port] });
    },
    open: async (path = "/admin", options = {}) => {
      const window = await openWindow(browser, daemon.url, options);
      windows.push(window);
      if (options.isStranger !== true) await logIn(window.page);
      await window.page.goto(path);
      return window.page;
    },
    chat: (body = {}) =>
      fetch(`${daemon.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${CLIENT}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-test", messages: [{ role: "user", content: "hi" }], ...body }),
      }),
    closeWindows: () => closeAll(windows.splice(0)),
    [Symbol.asyncDispose]: async () => {
      try {
        await closeAll(windows);
      } finally {
        await home[Symbol.asyncDispose]();
        await upstream[Symbol.asyncDispose]();
      }
    },
  };
}

async function closeAll(windows: readonly Window[]): Promise<void> {
  const faults = (await Promise.all(windows.map((window) => window.close()))).flat();
  if (faults.length > 0) throw new Error(`The page met what it must not:\n${faults.join("\n")}`);
}

/** By the form, as a user does. */
export async function logIn(page: Page, token = ADMIN): Promise<void> {
  await page.goto("/admin");
  await page.getByLabel("Admin token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Pictures at 1280 and 390 pixels, into `dist/screenshots/`. Also fails where a page is wider than its window. */
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width > 500 ? 800 : 844 });
    await page.screenshot({ path: join(SHOTS, `${name}-${width}.png`), fullPage: true, animations: "disabled" });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    if (Number(overflow) > 0) throw new Error(`The page ${name} is ${overflow} px wider than a window of ${width} px`);
  }
  if (before !== null) await page.setViewportSize(before);
}

/** What axe-core finds that is serious or critical (WCAG A and AA), one line each. */
export async function axeFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = (await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(tags)} })`)) as AxeReport;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`));
}

interface AxeReport {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

interface Window {
  readonly page: Page;
  /** Ends it, and tells what was wrong in it. */
  close(): Promise<readonly string[]>;
}

async function openWindow(browser: Browser, url: string, options: WindowOptions): Promise<Window> {
  const { allowed, isStranger: _, ...given } = options;
  const context = await browser.newContext({ baseURL: url, locale: "en-US", timezoneId: "UTC", ...given });
  context.setDefaultTimeout(STEP_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  const waiting: Promise<void>[] = [];
  watchConsole(page, faults, allowed);
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== url) faults.push(`Another host was asked: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.headers()["content-type"]?.startsWith("application/json") !== true) return;
    const looked = response.text().then(
      (text) => noteLeak(`The answer to ${response.url()}`, text, faults),
      () => {},
    );
    waiting.push(looked);
  });
  return { page, close: () => closeWindow({ context, page, faults, waiting }) };
}

/** What a policy of ours refuses is said there, too. */
function watchConsole(page: Page, faults: string[], allowed: RegExp | undefined): void {
  const note = (text: string) => {
    if (allowed?.test(text) !== true) faults.push(text);
  };
  page.on("pageerror", (error) => note(`The page threw ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") note(`The console says: ${message.text()}`);
  });
}

interface OpenWindow {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly faults: string[];
  readonly waiting: readonly Promise<void>[];
}

async function closeWindow({ context, page, faults, waiting }: OpenWindow): Promise<readonly string[]> {
  noteLeak("The document", await page.content().catch(() => ""), faults);
  await context.close();
  await Promise.all(waiting);
  return faults;
}

function noteLeak(what: string, text: string, faults: string[]): void {
  const leak = leakIn(text);
  if (leak !== undefined) faults.push(`${what} has a secret: ${leak}`);
}
