// Many keys: what commands take on them, how long the daemon needs to start, and whether saving holds up requests.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keyIdOf } from "../../src/core/ids.ts";
import type { BenchContext } from "../bench-context.ts";
import type { Server } from "../children.ts";
import { SteadyRequests } from "../load/steady-requests.ts";
import { median } from "../statistics.ts";

const KEYS = 10_000;
const HOUR_MS = 3_600_000;
const PROVIDER = "bench";

export interface KeysFigures {
  readonly keys: number;
  readonly importOfflineMs: number;
  readonly importRunningMs: number;
  readonly listMs: number;
  readonly listJsonMs: number;
  readonly startMs: number;
  /** The longest of many requests one after the other: at rest, while the whole state is saved again and again, and
   * while keys are added. */
  readonly longestAtRestMs: number;
  readonly longestWhileSavingMs: number;
  readonly saves: number;
  readonly longestWhileAddingMs: number;
  readonly longestWhileImportingMs: number;
  /** Whole commands of the compiled binary, with a daemon that has a few keys. */
  readonly commandMs: Readonly<Record<string, number>>;
  readonly failures: number;
  readonly firstFailure: string | undefined;
}

const COMMANDS = ["version", "--help", "status", "keys list", "health", "keys add --help"] as const;

export async function runKeysSuite(context: BenchContext): Promise<KeysFigures> {
  const upstream = await context.children.serve([
    process.execPath,
    join(import.meta.dir, "../servers/upstream.ts"),
    "plain",
  ]);
  const failures: string[] = [];
  const site = new Site(context, upstream.url, failures);
  const rounds = Array.from({ length: context.isQuick ? 1 : 5 });
  context.say(`Keys: ${KEYS.toLocaleString("en-US")} of them, with and without a daemon`);
  const importOfflineMs = await medianOf(rounds, async () => site.importInto(await site.newFolder()));
  const full = await site.newFolder();
  await site.importInto(full);
  await writeLargeState(full);
  const startMs = await medianOf(rounds, () => site.start(full, async () => {}));
  const figures = {
    keys: KEYS,
    importOfflineMs,
    startMs,
    ...(await measureLists(site, full, rounds)),
    ...(await measureLoad(site, full, context.isQuick, failures)),
    ...(await measureImport(site, failures)),
    commandMs: await measureCommands(site, context.isQuick ? 3 : 20),
  };
  await upstream.stop();
  return { ...figures, failures: failures.length, firstFailure: failures[0] };
}

async function medianOf(rounds: readonly unknown[], measure: () => Promise<number>): Promise<number> {
  const figures: number[] = [];
  for (const _ of rounds) figures.push(await measure());
  return median(figures);
}

async function measureLists(
  site: Site,
  full: string,
  rounds: readonly unknown[],
): Promise<Pick<KeysFigures, "listMs" | "listJsonMs">> {
  let listMs = Number.NaN;
  let listJsonMs = Number.NaN;
  await site.start(full, async () => {
    listMs = await medianOf(rounds, () => site.command(full, ["keys", "list"]));
    listJsonMs = await medianOf(rounds, () => site.command(full, ["keys", "list", "--json"]));
  });
  return { listMs, listJsonMs };
}

/** Into a daemon that has one key and serves. */
async function measureImport(
  site: Site,
  failures: string[],
): Promise<Pick<KeysFigures, "importRunningMs" | "longestWhileImportingMs">> {
  const folder = await site.newFolder();
  let importRunningMs = Number.NaN;
  let longestWhileImportingMs = Number.NaN;
  await site.start(folder, async ({ url }) => {
    await site.command(folder, ["keys", "add", "--name", "first"], "sk-fake-bench-first-key-0001\n");
    const requests = new SteadyRequests(url, failures);
    await requests.warmUp();
    longestWhileImportingMs = await requests.during(async () => {
      importRunningMs = await site.importInto(folder);
    });
  });
  return { importRunningMs, longestWhileImportingMs };
}

/** Folders, daemons and commands on one upstream. */
class Site {
  readonly #context: BenchContext;
  readonly #upstreamUrl: string;
  readonly #failures: string[];

  constructor(context: BenchContext, upstreamUrl: string, failures: string[]) {
    this.#context = context;
    this.#upstreamUrl = upstreamUrl;
    this.#failures = failures;
  }

  async newFolder(): Promise<string> {
    const folder = join(this.#context.folder, crypto.randomUUID().slice(0, 8));
    await mkdir(folder);
    await writeFile(
      join(folder, "config.yaml"),
      `providers: [{ name: ${PROVIDER}, base_url: "${this.#upstreamUrl}/v1" }]\n`,
    );
    return folder;
  }

  importInto(folder: string): Promise<number> {
    return this.command(folder, ["keys", "import", "-"], secrets().join("\n"));
  }

  /** Milliseconds from the start of the command to its end. */
  async command(folder: string, words: readonly string[], stdin = ""): Promise<number> {
    const began = performance.now();
    const child = Bun.spawn([this.#context.binary, ...words], {
      cwd: folder,
      env: environment(folder),
      stdin: new Blob([stdin]),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [, said, exitCode] = await Promise.all([child.stdout.bytes(), child.stderr.text(), child.exited]);
    if (exitCode !== 0) this.#failures.push(`${words.join(" ")} ended with ${exitCode}: ${said}`);
    return performance.now() - began;
  }

  /** Milliseconds until it listens. */
  async start(folder: string, use: (daemon: Server) => Promise<void>): Promise<number> {
    const began = performance.now();
    const { binary, children } = this.#context;
    const options = { cwd: folder, env: environment(folder), stderr: "ignore" } as const;
    const daemon = await children.serve([binary, "serve", "--port", "0"], options);
    const tookMs = performance.now() - began;
    await use(daemon);
    await daemon.stop();
    return tookMs;
  }
}

function environment(folder: string): Readonly<Record<string, string>> {
  return { HOME: folder, PATH: process.env.PATH ?? "", OPENAI_BALANCE_DATA_DIR: dataFolder(folder) };
}

function dataFolder(folder: string): string {
  return join(folder, "data");
}

function secrets(): readonly string[] {
  return Array.from({ length: KEYS }, (_, index) => `sk-fake-bench-${String(index).padStart(40, "0")}`);
}

/** Every key was used, and rests for a model that nobody asks for: as large as a state becomes in a bad hour. */
async function writeLargeState(folder: string): Promise<void> {
  const now = Date.now();
  const rest = {
    cause: "limited",
    since: now,
    until: now + HOUR_MS,
    step: 3,
    reason: "rate_limit_exceeded",
    status: 429,
  };
  const message = "Rate limit reached for other-model in organization on requests per min. Please try again later.";
  const hour = Math.floor(now / HOUR_MS);
  const entries = secrets().map((secret) => ({
    kind: "key",
    provider: PROVIDER,
    keyId: keyIdOf(PROVIDER, secret),
    state: { models: { "other-model": [{ ...rest, message }] }, tally: { hour, used: [9, 8, 7, 6], failed: [1] } },
  }));
  await writeFile(join(dataFolder(folder), "state.json"), JSON.stringify({ version: 1, saved_at: now, entries }));
}

type LoadFigures = Pick<KeysFigures, "longestAtRestMs" | "longestWhileSavingMs" | "saves" | "longestWhileAddingMs">;

async function measureLoad(site: Site, folder: string, isQuick: boolean, failures: string[]): Promise<LoadFigures> {
  const forMs = isQuick ? 1_000 : 10_000;
  const control = controlOf(folder, failures);
  const figures = { longestAtRestMs: Number.NaN, longestWhileSavingMs: Number.NaN, longestWhileAddingMs: Number.NaN };
  const keys = [keyIdOf(PROVIDER, secrets()[0] ?? "")];
  let saves = 0;
  await site.start(folder, async ({ url }) => {
    const requests = new SteadyRequests(url, failures);
    await requests.warmUp();
    figures.longestAtRestMs = await requests.during(() => Bun.sleep(forMs));
    figures.longestWhileSavingMs = await requests.during(async () => {
      for (const end = performance.now() + forMs; performance.now() < end; saves++) {
        await control(saves % 2 === 0 ? "keys.disable" : "keys.enable", { keys });
      }
    });
    figures.longestWhileAddingMs = await requests.during(async () => {
      for (let added = 0; added < 10; added++) {
        await control("keys.add", { keys: [{ key: `sk-fake-bench-added-later-${added}` }] });
        await Bun.sleep(forMs / 20);
      }
    });
  });
  return { ...figures, saves };
}

function controlOf(folder: string, failures: string[]) {
  const unix = join(dataFolder(folder), "daemon.sock");
  return async (name: string, input: object): Promise<void> => {
    const init = { method: "POST", body: JSON.stringify(input), unix };
    const response = await fetch(`http://localhost/admin/api/${name}`, init);
    if (!response.ok) failures.push(`${name}: ${await response.text()}`);
  };
}

async function measureCommands(site: Site, rounds: number): Promise<Readonly<Record<string, number>>> {
  const folder = await site.newFolder();
  const figures: Record<string, number> = {};
  await site.start(folder, async () => {
    await site.command(folder, ["keys", "add", "--name", "first"], "sk-fake-bench-first-key-0001\n");
    for (const command of COMMANDS) {
      const tookMs: number[] = [];
      for (let round = 0; round < rounds; round++) tookMs.push(await site.command(folder, command.split(" ")));
      figures[command] = median(tookMs);
    }
  });
  return figures;
}
