// The data folder as the daemon and commands open it: created, locked, refused, or not usable at all.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { type Data, type DataOptions, openData, readData, storedKeysOf } from "../../src/daemon/data.ts";
import { START } from "../balancer/fixtures.ts";
import { fakeSecret } from "../fixture/secrets.ts";

const KEY = { provider: "openai", secret: fakeSecret("stored"), added_at: "2026-01-01T00:00:00Z" };

class Folder implements AsyncDisposable {
  readonly path: string;
  readonly #root: string;
  readonly #opened: Data[] = [];
  readonly slept: number[] = [];

  constructor(root: string, name = "data") {
    this.#root = root;
    this.path = join(root, name);
  }

  async open(options: Partial<DataOptions> = {}): Promise<Data> {
    const data = await openData({
      ...this.#store,
      sleep: async (ms) => void this.slept.push(ms),
      whoHas: () => Promise.resolve(undefined),
      ...options,
    });
    this.#opened.push(data);
    return data;
  }

  read(): Data {
    return readData(this.#store);
  }

  get #store() {
    return { path: this.path, env: {}, cwd: this.#root, now: () => START };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { lock } of this.#opened) lock?.release();
    await rm(this.#root, { recursive: true, force: true });
  }
}

async function folder(name?: string): Promise<Folder> {
  return new Folder(await mkdtemp(join(tmpdir(), "openai-balance-data-")), name);
}

describe("openData", () => {
  test("creates the folder for its user alone, and says nothing of what is right", async () => {
    await using at = await folder("a/b");
    const data = await at.open();
    expect([statSync(at.path).mode & 0o777, data.notes, data.folder.fault]).toEqual([0o700, [], undefined]);
    expect(data.lock).toBeDefined();
    expect(storedKeysOf(data)).toEqual({ keys: [], isComplete: true, hasTokens: false });
  });

  test("keeps a second one out, and says who has it", async () => {
    await using at = await folder();
    await at.open();
    const error = await at.open({ whoHas: async () => "the daemon with process id 7" }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      exitCode: EXIT.failed,
      message: `The data folder ${at.path} is in use by the daemon with process id 7; stop that, or choose another folder with --data-dir`,
    });
    // A command that holds it for a moment is waited for, two seconds in all.
    expect(at.slept).toEqual(Array.from({ length: 49 }, () => 100));
    const nobody = await at.open().catch((thrown: Error) => thrown.message);
    expect(nobody).toContain("is in use by another process");
  });

  test("waits for a command that has it for a moment", async () => {
    await using at = await folder();
    const first = await at.open();
    let tries = 0;
    const data = await at.open({
      sleep: async () => {
        tries += 1;
        if (tries === 3) first.lock?.release();
      },
    });
    expect([data.lock === undefined, tries]).toEqual([false, 3]);
  });

  test("goes on without a folder that cannot be, says what that means, and takes no key", async () => {
    await using at = await folder("file/data");
    writeFileSync(join(at.path, ".."), "a file");
    const data = await at.open();
    expect([data.lock, data.folder.fault]).toEqual([undefined, "a part of the path is no folder"]);
    expect(data.notes[0]).toBe(
      `The data folder ${at.path} cannot be written (a part of the path is no folder): health is forgotten with this process, no key or client token can be added, and there is no daemon.log. Choose another with --data-dir`,
    );
    await expect(data.keyStore.change(() => [KEY])).rejects.toThrow("its folder cannot be written");
  });

  test("goes on where the folder takes no lock", async () => {
    await using at = await folder();
    mkdirSync(join(at.path, "daemon.lock"), { recursive: true, mode: 0o700 });
    const data = await at.open();
    expect([data.lock, data.folder.fault === undefined, data.notes.length]).toEqual([undefined, false, 1]);
  });

  test("refuses a file in place of the folder", async () => {
    await using at = await folder();
    writeFileSync(at.path, "x");
    const error = await at.open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      exitCode: EXIT.usage,
      message: `Cannot use ${at.path} as data folder: it is a file`,
    });
  });

  test("says what is wrong with the key store, and goes on without its keys", async () => {
    await using at = await folder();
    mkdirSync(at.path, { recursive: true, mode: 0o700 });
    writeFileSync(join(at.path, "keys.json"), '{"version":1,"master_key":"x"}', { mode: 0o600 });
    const data = await at.open();
    expect(data.notes).toEqual([
      expect.stringContaining("cannot be opened, its keys are not used and it is left as it is"),
    ]);
    expect(storedKeysOf(data)).toEqual({ keys: [], isComplete: false, hasTokens: false });
  });
});

describe("readData", () => {
  test("refuses the path of a file, as for writing", async () => {
    await using at = await folder();
    writeFileSync(at.path, "");
    expect(() => at.read()).toThrow(new UserError(`Cannot use ${at.path} as data folder: it is a file`));
  });

  test("of a folder that does not exist creates nothing", async () => {
    await using at = await folder();
    const data = at.read();
    expect([data.lock, data.notes, storedKeysOf(data), existsSync(at.path)]).toEqual([
      undefined,
      [],
      { keys: [], isComplete: true, hasTokens: false },
      false,
    ]);
  });

  test("sees the keys of a folder that another process has, and changes nothing there", async () => {
    await using at = await folder();
    const owner = await at.open();
    await owner.keyStore.change(() => [KEY]);
    const before = readdirSync(at.path).toSorted();
    const data = at.read();
    expect(data.keyStore.keys).toEqual([KEY]);
    await expect(data.keyStore.change(() => [])).rejects.toThrow("its folder cannot be written");
    expect(readdirSync(at.path).toSorted()).toEqual(before);
  });
});
