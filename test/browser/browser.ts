// A real Chromium for the tests of the page: one that is installed, or else the one of the npm package.
import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packaged from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";
import { until } from "../fixture/until.ts";

export type Found = { readonly browser: Browser } | { readonly browser: undefined; readonly why: string };

const INSTALLED = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser"];
const LAUNCH_MS = 30_000;
/** There while one process of the tests does it: the package takes a file that is not whole yet for its browser. */
const UNPACKING = join(tmpdir(), "openai-balance-unpacks-chromium");
const UNPACK_MS = 60_000;
/** Tests have loopback only: nothing is asked of others, and no window is opened. */
const FLAGS = ["--headless=shell", "--disable-background-networking", "--no-first-run", "--force-color-profile=srgb"];

/** Starts one. Where none can run it says why, on standard error too, as its tests are skipped then. */
export async function openBrowser(): Promise<Found> {
  const faults: string[] = [];
  for (const find of [installedPath, packagedPath]) {
    try {
      const executablePath = await find();
      if (executablePath === undefined) continue;
      return { browser: await chromium.launch({ executablePath, args: FLAGS, timeout: LAUNCH_MS }) };
    } catch (error: unknown) {
      faults.push(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    }
  }
  const why = `no Chromium can run here: ${faults.join("; ")}`;
  process.stderr.write(`Tests of the page are skipped: ${why}\n`);
  return { browser: undefined, why };
}

/** `CHROME_PATH` names one that stands elsewhere. */
function installedPath(): string | undefined {
  const named = process.env.CHROME_PATH;
  if (named !== undefined && existsSync(named)) return named;
  return INSTALLED.map((name) => Bun.which(name)).find((path) => path !== null) ?? undefined;
}

/** The package is made for Linux on x64, and unpacks its browser into the folder for temporary files. */
async function packagedPath(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("none is installed");
  try {
    mkdirSync(UNPACKING);
  } catch {
    // Another process unpacks it, or was killed as it did.
    await until("a browser that is unpacked", () => !existsSync(UNPACKING), UNPACK_MS).catch(() => {});
    return packaged.executablePath();
  }
  try {
    return await packaged.executablePath();
  } finally {
    rmdirSync(UNPACKING);
  }
}
