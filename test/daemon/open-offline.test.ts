// Commands while no daemon runs: the same operations on the folder itself, and nothing left behind.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RequestWriter } from "../../bench/records/fill-database.ts";
import { randomTraffic } from "../../bench/records/random-traffic.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { createLogger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { openData, readData, storedKeysOf } from "../../src/daemon/data.ts";
import { type Offline, openOffline } from "../../src/daemon/open-offline.ts";
import { openDatabase } from "../../src/storage/database.ts";
import { lockFolder } from "../../src/storage/folder-lock.ts";
import { START } from "../balancer/fixtures.ts";
import { unauthorized } from "../fixture/behaviours.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { providerAt } from "./instance-lab.ts";

class Folder implements AsyncDisposable {
  readonly root: string;
  readonly path: string;

  constructor(root: string, config: object) {
    this.root = root;
    this.path = join(root, "data");
    writeFileSync(join(root, "config.yaml"), JSON.stringify(config));
  }

  async open({ isReadOnly = false } = {}): Promise<Offline> {
    const store = { path: this.path, env: {}, cwd: this.root, now: () => START };
    const waiting = { sleep: () => Promise.resolve(), whoHas: () => Promise.resolve(undefined) };
    const data = isReadOnly ? readData(store) : await openData({ ...store, ...waiting });
    const load = (stored: ReturnType<typeof storedKeysOf>) =>
      loadConfig({
        env: {},
        cwd: this.root,
        home: this.root,
        platform: "linux",
        readFile: (path) => readFileSync(path, "utf8"),
        stored,
      });
    const first = load(storedKeysOf(data));
    if (!first.ok) throw new Error("The configuration is wrong");
    const redactor = new Redactor();
    const logger = createLogger({ level: "silent", format: "json", redactor, write: () => {} });
    const now = () => START;
    return openOffline({ data, first, load, logger, redactor, version: "", demo: false, now, random: () => 0.5 });
  }

  get isFree(): boolean {
    const locked = lockFolder(this.path);
    if (locked.kind === "taken") locked.lock.release();
    return locked.kind === "taken";
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.root, { recursive: true, force: true });
  }
}

async function folder(config: object): Promise<Folder> {
  return new Folder(await mkdtemp(join(tmpdir(), "openai-balance-offline-")), config);
}

const CONFIG = { providers: [{ name: "openai", api_keys: [{ name: "written", key: fakeSecret("written") }] }] };

describe("openOffline", () => {
  test("does what a daemon would, for the next start", async () => {
    await using at = await folder(CONFIG);
    const first = await at.open();
    expect(first.control.kind).toBe("offline");
    await first.control.call("keys.add", { keys: [{ key: fakeSecret("stored"), name: "stored" }] });
    await first.control.call("keys.disable", { keys: ["stored"] });
    await first.close();
    const second = await at.open();
    const { keys } = await second.control.call("keys.list", {});
    expect(keys.map(({ name, state }) => [name, state])).toEqual([
      ["written", "ready"],
      ["stored", "disabled"],
    ]);
    await second.close();
    expect(leakIn(at.read("keys.json") + at.read("state.json"))).toBeUndefined();
  });

  test("keeps the folder locked until it is closed, and everything is on the disk by then", async () => {
    await using upstream = startUpstream({ otherwise: unauthorized });
    await using at = await folder({ providers: [providerAt(upstream.url, "openai", [fakeSecret("dead")])] });
    const offline = await at.open();
    for await (const { is_ok } of offline.control.stream("test", {})) expect(is_ok).toBe(false);
    expect(at.isFree).toBe(false);
    await offline.close();
    // What a test call met counts for the daemon that comes.
    expect([at.isFree, at.read("state.json").includes('"cause":"invalid"')]).toEqual([true, true]);
  });

  test("reads request records without the lock, and deletes them with it", async () => {
    await using at = await folder(CONFIG);
    mkdirSync(at.path, { mode: 0o700 });
    using database = openDatabase(join(at.path, "requests.sqlite"));
    const writer = new RequestWriter(database);
    for (const request of randomTraffic({ requests: 5, days: 1, until: START })) writer.write(request);
    const reader = await at.open({ isReadOnly: true });
    const listed = await reader.control.call("logs.list", {});
    // That nothing is recorded while no daemon runs is no fault.
    expect([listed.records.length, listed.recording, listed.fault]).toEqual([5, true, undefined]);
    await expect(reader.control.call("logs.delete", { all: true })).rejects.toThrow("is not locked by this process");
    await reader.close();
    const owner = await at.open();
    expect(await owner.control.call("logs.delete", { all: true })).toEqual({ deleted: 5 });
    await owner.close();
    expect(database.query("SELECT count(*) AS count FROM requests").get()).toEqual({ count: 0 });
  });

  test("looks on without the lock, beside whoever has it, and writes nothing", async () => {
    await using at = await folder(CONFIG);
    const owner = await at.open();
    await owner.control.call("keys.disable", { keys: ["written"] });
    const reader = await at.open({ isReadOnly: true });
    expect((await reader.control.call("health", {})).keys).toMatchObject([{ name: "written", state: "disabled" }]);
    const before = at.read("state.json");
    await expect(reader.control.call("keys.enable", { keys: ["written"] })).rejects.toThrow("cannot be saved");
    await expect(reader.control.call("keys.add", { keys: [{ key: "k" }] })).rejects.toThrow("cannot be written");
    await reader.close();
    expect([at.read("state.json") === before, at.isFree]).toEqual([true, false]);
    await owner.close();
  });

  test("says that nothing was changed where it cannot be saved", async () => {
    await using at = await folder(CONFIG);
    mkdirSync(join(at.path, "state.json.tmp", "x"), { recursive: true });
    const offline = await at.open();
    await expect(offline.control.call("keys.disable", { keys: ["written"] })).rejects.toThrow(
      /^Nothing was changed, it cannot be saved: /,
    );
    await offline.close();
  });

  test("tells what was found on the disk", async () => {
    await using at = await folder(CONFIG);
    await (await at.open()).close();
    writeFileSync(join(at.path, "state.json"), "x");
    const offline = await at.open();
    expect(offline.notes.join("\n")).toContain("state.json is damaged");
    await offline.close();
  });

  test("refuses the state of a newer version, which is left as it is", async () => {
    await using at = await folder(CONFIG);
    await (await at.open()).close();
    const newer = '{"version":2,"saved_at":1,"entries":[]}';
    writeFileSync(join(at.path, "state.json"), newer);
    expect(await at.open().catch((error: unknown) => error)).toMatchObject({ exitCode: EXIT.usage });
    expect(at.read("state.json")).toBe(newer);
  });
});
