// An instance in a folder of its own, with its control operations, without sockets, timers of a daemon or signals.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Control, localControl } from "../../src/admin/control-client.ts";
import type { DaemonPort } from "../../src/admin/daemon-port.ts";
import type { ControlPorts } from "../../src/admin/ports.ts";
import { type LoadOptions, type LoadResult, loadConfig } from "../../src/config/load-config.ts";
import { createLogger, type Logger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { AdminPaths } from "../../src/daemon/admin-paths.ts";
import { controlPorts } from "../../src/daemon/control-ports.ts";
import { type Data, openData, readData, storedKeysOf } from "../../src/daemon/data.ts";
import { Instance, type InstanceOptions, type ReplacedFile } from "../../src/daemon/instance.ts";
import { type LogFile, openLogFile } from "../../src/storage/log-file.ts";
import { FOLDER_FILES } from "../../src/storage/open-folder.ts";
import { START } from "../balancer/fixtures.ts";
import { leakIn } from "../fixture/secrets.ts";

export interface LabOptions {
  /** As it would stand in the config file; without it there is none. */
  readonly config?: object | string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of an earlier lab. */
  readonly folder?: string;
  /** Opens the data folder for reading only, as a command does that changes nothing. */
  readonly isReadOnly?: boolean;
  readonly daemon?: DaemonPort;
  /** The time at which it begins. */
  readonly now?: number;
  /** Changes the data folder before it is opened. */
  readonly prepare?: ((dataFolder: string) => void) | undefined;
}

/** One record of the log. */
export type LogRecord = Readonly<Record<string, unknown>>;

/** At its end no secret may stand in any file but those that are meant to hold some. */
export interface Lab extends AsyncDisposable {
  readonly folder: string;
  readonly dataFolder: string;
  readonly configFile: string;
  readonly data: Data;
  readonly instance: Instance;
  readonly ports: ControlPorts;
  /** What is below /admin. */
  readonly admin: AdminPaths;
  /** What went wrong there that must not. */
  readonly bugs: readonly unknown[];
  readonly control: Control;
  readonly logger: Logger;
  /** What was found on the disk. */
  readonly notes: readonly string[];
  /** Wall-clock milliseconds, which stand still until they are moved. */
  now: number;
  /** A chat through the whole proxy. */
  chat(model: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  log(): Promise<readonly LogRecord[]>;
  /** The text of a file of the data folder. */
  read(name: string): string;
  /** Ends this instance as a daemon would, and begins another one in the same folder. */
  restart(options?: LabOptions): Promise<Lab>;
}

/** @throws what an instance throws. */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "openai-balance-lab-")));
  try {
    return await open(folder, options);
  } catch (error: unknown) {
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function open(folder: string, options: LabOptions): Promise<Lab> {
  const { config, env = {}, isReadOnly = false, prepare } = options;
  const configFile = join(folder, "config.yaml");
  if (config !== undefined) writeFileSync(configFile, typeof config === "string" ? config : JSON.stringify(config));
  const dataFolder = join(folder, "data");
  if (prepare !== undefined) {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    prepare(dataFolder);
  }
  const clock = { now: options.now ?? START };
  const now = () => clock.now;
  const store = { path: dataFolder, env, cwd: folder, now };
  const data = isReadOnly
    ? readData(store)
    : await openData({ ...store, sleep: () => Promise.resolve(), whoHas: () => Promise.resolve(undefined) });
  try {
    const load = loaderOf(folder, env);
    const first = load(storedKeysOf(data));
    if (!first.ok) throw new Error(`Cannot load: ${first.diagnostics.map(({ message }) => message).join("; ")}`);
    const redactor = new Redactor();
    const file = openLogFile(join(dataFolder, FOLDER_FILES.log));
    const logger = loggerOf(file, redactor, now);
    const parts = { data, first, load, logger, redactor, version: "0.0.0-lab", demo: false, now };
    const ownPaths: InstanceOptions["ownPaths"] = {
      ...NO_PATHS,
      admit: (caller) => lab.admin.admit(caller),
      admin: (path, asked) => lab.admin.admin(path, asked),
    };
    const instance = new Instance({ ...parts, random: () => 0.5, ownPaths });
    const lab: Lab = labOf(instance, { folder, clock, options, file });
    return lab;
  } catch (error: unknown) {
    data.lock?.release();
    throw error;
  }
}

interface LabParts {
  readonly folder: string;
  readonly clock: { now: number };
  readonly options: LabOptions;
  readonly file: LogFile;
}

function labOf(instance: Instance, { folder, clock, options, file }: LabParts): Lab {
  const { data, logger } = instance.options;
  const { entries, notes } = instance.state.read();
  instance.restore(entries);
  const dataFolder = data.folder.path;
  const ports = controlPorts(instance, options.daemon);
  const bugs: unknown[] = [];
  const ending = new AbortController();
  const admin = new AdminPaths(instance, {
    ports,
    redact: (text) => instance.options.redactor.redact(text),
    ending: ending.signal,
    schedule: instance.timing.schedule,
    onBug: (error) => void bugs.push(error),
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    admin.stop();
    ending.abort();
    await instance.close();
    await instance.state.close();
    await data.sessions.close();
    await logger.flush();
    await file.close();
    data.lock?.release();
  };
  return {
    folder,
    dataFolder,
    configFile: join(folder, "config.yaml"),
    data,
    instance,
    ports,
    admin,
    bugs,
    control: localControl(ports),
    logger,
    notes: [...data.notes, ...notes],
    get now() {
      return clock.now;
    },
    set now(ms: number) {
      clock.now = ms;
    },
    chat: (model, headers) => chat(instance, model, headers),
    log: async () => {
      await logger.flush();
      return readLines(join(dataFolder, FOLDER_FILES.log));
    },
    read: (name) => readFileSync(join(dataFolder, name), "utf8"),
    restart: async (next = {}) => {
      await close();
      return openLab({ ...options, config: undefined, prepare: undefined, now: clock.now, ...next, folder });
    },
    [Symbol.asyncDispose]: async () => {
      await close();
      const leaks = leaksIn(dataFolder);
      rmSync(folder, { recursive: true, force: true });
      if (leaks.length > 0) throw new Error(`A secret was written: ${leaks.join("; ")}`);
    },
  };
}

/** As the command line loads it. */
function loaderOf(folder: string, env: LoadOptions["env"]): InstanceOptions["load"] {
  return (stored, replaced): LoadResult =>
    loadConfig({
      env,
      cwd: folder,
      home: folder,
      platform: "linux",
      readFile: (path) => textOf(path, replaced),
      stored,
    });
}

function textOf(path: string, replaced: ReplacedFile | undefined): string {
  return path === replaced?.path ? replaced.text : readFileSync(path, "utf8");
}

function loggerOf(file: LogFile, redactor: Redactor, now: () => number): Logger {
  const write = () => {};
  return createLogger({ level: "debug", format: "json", redactor, write, file: (text) => file.write(text), now });
}

const NO_PATHS: InstanceOptions["ownPaths"] = {
  health: nothing,
  ready: nothing,
  metrics: () => Promise.resolve(nothing()),
  adminRead: nothing,
  admit: () => ({ kind: "refused" }),
  admin: () => Promise.resolve(nothing()),
};

function nothing(): Response {
  return new Response(null, { status: 404 });
}

async function chat(instance: Instance, model: string, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] });
  const headers = { host: "localhost", "content-type": "application/json", ...more };
  const request = new Request("http://localhost/v1/chat/completions", { method: "POST", headers, body });
  const peer = { address: "127.0.0.1", liftIdleTimeout: () => {}, restoreIdleTimeout: () => {} };
  return instance.handler.handle(request, peer);
}

function readLines(path: string): readonly LogRecord[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** The key store is encrypted, so that it counts too. */
function leaksIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return names.flatMap(({ name }) => {
    const leak = leakIn(readFileSync(join(folder, name), "latin1"));
    return leak === undefined ? [] : [`${name}: ${leak}`];
  });
}

/** A provider of a scripted upstream, as it would stand in the config file. */
export function providerAt(url: string, name: string, keys: readonly unknown[], fields: object = {}): object {
  return { name, base_url: url, api_keys: keys, test_model: "gpt-4o-mini", ...fields };
}
