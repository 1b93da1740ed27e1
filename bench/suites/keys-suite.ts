// Many keys: what commands take on them, how long the daemon needs to start, and whether saving holds up requests.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keyIdOf } from "../../src/core/ids.ts";
import type { BenchContext } from "../bench-context.ts";
import type { Server } from "../children.ts";
import { median } from "../statistics.ts";
import { JSON_ANSWER, JSON_REQUEST, PATH } from "../wire.ts";

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
  context.say(`Keys: ${KEYS.toLocaleString("en-US")} of them, with and without a daemon`);
  const rounds = context.isQuick ? 1 : 5;
  const importOfflineMs: number[] = [];
  for (let round = 0; round < rounds; round++) importOfflineMs.push(await site.importInto(await site.newFolder()));
  const full = await site.newFolder();
  await site.importInto(full);
  await writeLargeState(full);
  const starts: number[] = [];
  for (let round = 0; round < rounds; round++) starts.push(await site.start(full, async () => {}));
  const listMs: number[] = [];
  const listJsonMs: number[] = [];
  let load: LoadFigures = NO_LOAD;
  await site.start(full, async (daemon) => {
    for (let round = 0; round < rounds; round++) {
      listMs.push(await site.command(full, ["keys", "list"]));
      listJsonMs.push(await site.command(full, ["keys", "list", "--json"]));
    }
    load = await measureLoad(daemon, full, context.isQuick, failures);
  });
  let importRunningMs = Number.NaN;
  let longestWhileImportingMs = Number.NaN;
  const empty = await site.newFolder();
  await site.start(empty, async (daemon) => {
    await site.command(empty, ["keys", "add", "--name", "first"], "sk-fake-bench-first-key-0001\n");
    const requests = new Requests(daemon.url, failures);
    await requests.warmUp();
    const running = requests.run();
    importRunningMs = await site.importInto(empty);
    longestWhileImportingMs = await running.stop();
  });
  const commandMs = await measureCommands(site, context.isQuick ? 3 : 20);
  await upstream.stop();
  return {
    keys: KEYS,
    importOfflineMs: median(importOfflineMs),
    importRunningMs,
    listMs: median(listMs),
    listJsonMs: median(listJsonMs),
    startMs: median(starts),
    ...load,
    longestWhileImportingMs,
    commandMs,
    failures: failures.length,
    firstFailure: failures[0],
  };
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

const NO_LOAD: LoadFigures = {
  longestAtRestMs: Number.NaN,
  longestWhileSavingMs: Number.NaN,
  saves: 0,
  longestWhileAddingMs: Number.NaN,
};

async function measureLoad(
  { url }: Server,
  folder: string,
  isQuick: boolean,
  failures: string[],
): Promise<LoadFigures> {
  const forMs = isQuick ? 1_000 : 10_000;
  const unix = join(dataFolder(folder), "daemon.sock");
  const control = async (name: string, input: object) => {
    const init = { method: "POST", body: JSON.stringify(input), unix };
    const response = await fetch(`http://localhost/admin/api/${name}`, init);
    if (!response.ok) failures.push(`${name}: ${await response.text()}`);
  };
  const requests = new Requests(url, failures);
  await requests.warmUp();
  const atRest = requests.run();
  await Bun.sleep(forMs);
  const longestAtRestMs = await atRest.stop();
  const keys = [keyIdOf(PROVIDER, secrets()[0] ?? "")];
  let saves = 0;
  const whileSaving = requests.run();
  for (const end = performance.now() + forMs; performance.now() < end; saves++) {
    await control(saves % 2 === 0 ? "keys.disable" : "keys.enable", { keys });
  }
  const longestWhileSavingMs = await whileSaving.stop();
  const whileAdding = requests.run();
  for (let added = 0; added < 10; added++) {
    await control("keys.add", { keys: [{ key: `sk-fake-bench-added-later-${added}` }] });
    await Bun.sleep(forMs / 20);
  }
  return { longestAtRestMs, longestWhileSavingMs, saves, longestWhileAddingMs: await whileAdding.stop() };
}

/** Requests one after the other: the longest shows how long the daemon did nothing else. */
class Requests {
  readonly #url: string;
  readonly #failures: string[];

  constructor(url: string, failures: string[]) {
    this.#url = url;
    this.#failures = failures;
  }

  async warmUp(): Promise<void> {
    for (let request = 0; request < 3_000; request++) await this.#ask();
  }

  run(): { stop(): Promise<number> } {
    let isStopped = false;
    let longest = 0;
    const loop = async () => {
      while (!isStopped) {
        const began = performance.now();
        await this.#ask();
        longest = Math.max(longest, performance.now() - began);
      }
      return longest;
    };
    const running = loop();
    return {
      stop: () => {
        isStopped = true;
        return running;
      },
    };
  }

  async #ask(): Promise<void> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.#url + PATH, { method: "POST", headers, body: JSON_REQUEST });
    const text = await answer.text();
    if (text !== JSON_ANSWER && this.#failures.length < 10)
      this.#failures.push(`A request got ${answer.status}: ${text}`);
  }
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
