// A disk without room: commands fail and say so, the daemon goes on serving, and saves what it knows once there is room.
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unauthorized } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [DEAD, GOOD, LATE] = ["dead", "good", "late"].map((name) => fakeSecret(`full_disk_${name}`)) as [
  string,
  string,
  string,
];

/** How a disk gets full, and empty again. */
interface Cause {
  readonly name: string;
  readonly isPossible: boolean;
  /** What messages say. */
  readonly words: string;
  /** Under which processes begin once it is full. */
  readonly wrapper: readonly string[];
  prepare(home: Home): AsyncDisposable;
  fill(home: Home): void;
  makeRoom(home: Home, pid: number): void;
}

const DISK: Cause = {
  name: "a file system without a free block",
  isPossible: canMount(),
  words: "no space left on the disk",
  wrapper: [],
  prepare: ({ data }) => {
    mkdirSync(data, { recursive: true });
    system("mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "none", data);
    return { [Symbol.asyncDispose]: async () => system("umount", "-l", data) };
  },
  fill: ({ data }) => {
    // The last block is written as a whole or not at all.
    for (const bytes of [1024, 512, 256, 128, 64, 32, 16, 8, 4, 4, 4, 4].map((kibibytes) => kibibytes * 1024))
      for (let part = 0; part < 2; part += 1) tryToWrite(join(data, `fill-${bytes}-${part}-${Math.random()}`), bytes);
  },
  makeRoom: ({ data }) => system("sh", "-c", 'rm "$1"/fill-*', "sh", data),
};

const LIMIT: Cause = {
  name: "a limit on the size of files",
  isPossible: Bun.which("prlimit") !== null,
  words: "the file would be larger than allowed",
  wrapper: ["sh", "-c", 'ulimit -S -f 0; exec "$@"', "sh"],
  prepare: () => ({ [Symbol.asyncDispose]: async () => {} }),
  fill: () => {},
  makeRoom: (_home, pid) => system("prlimit", "--pid", String(pid), "--fsize=unlimited"),
};

const CAUSES = [DISK, LIMIT].filter(({ isPossible }) => isPossible);

describe.each(CAUSES.map((cause) => [cause.name, cause] as const))("%s", (_name, cause) => {
  const { words, wrapper } = cause;

  test.concurrent("keys add without a daemon fails, says why, and loses nothing", async () => {
    await using home = await newHome();
    await using _disk = cause.prepare(home);
    await home.addKeys([GOOD]);
    cause.fill(home);
    const run = await home.run(["keys", "add"], { input: LATE, wrapper });
    expect(run).toMatchObject({ exitCode: 1, stdout: "" });
    expect(run.stderr).toContain(`keys.json: ${words}\n`);
    expect((await home.json<{ total: number }>(["keys", "list"])).total).toBe(1);
  });

  test.concurrent.each([
    ["init", ["init", "--config"]],
    ["keys export", ["keys", "export", "--secrets"]],
  ])("%s leaves no part of a file that the next try would find in its way", async (_name, args) => {
    await using home = await newHome();
    await using _disk = cause.prepare(home);
    await home.addKeys([GOOD]);
    const file = join(home.data, "written");
    cause.fill(home);
    const run = await home.run([...args, file], { wrapper });
    expect(run).toEqual({ exitCode: 1, stdout: "", stderr: `Cannot write ${file}: ${words}\n` });
    expect(readdirSync(home.data).filter((name) => name.startsWith("written"))).toEqual([]);
  });

  test.concurrent("a daemon serves, says that it cannot save, and saves once there is room", async () => {
    await using upstream = startUpstream({ otherwise: openai, keys: { [DEAD]: unauthorized } });
    await using home = await newHome();
    await using _disk = cause.prepare(home);
    await home.configure({ providers: [{ name: "main", base_url: upstream.url }] });
    await home.addKeys([DEAD], "--name", "dead");
    await home.addKeys([GOOD], "--name", "good");
    cause.fill(home);
    const daemon = await home.serve({ wrapper });
    for (let index = 0; index < 3; index += 1)
      expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
    await until("the report", () => daemon.logs().includes(`"reason":"${words}","msg":"State cannot be saved`));
    const added = await home.run(["keys", "add"], { input: LATE });
    expect(added).toMatchObject({ exitCode: 1, stdout: "" });
    expect(added.stderr).toContain(words);
    const disabled = await home.run(["keys", "disable", "good"]);
    expect(disabled).toMatchObject({ exitCode: 1, stdout: "" });
    expect(disabled.stderr).toContain(
      `It is in effect, but cannot be saved, so that a restart would forget it: ${words}`,
    );
    const status = await home.run(["status"]);
    expect(status.exitCode).toBe(4);
    expect(status.stdout).toContain(words);
    await until("the report on records", () => daemon.logs().includes("Request records cannot be written, they wait"));
    expect(await home.states()).toEqual({ dead: "invalid", good: "disabled" });
    cause.makeRoom(home, daemon.pid);
    await until("the state on the disk", () => daemon.logs().includes("State is saved again"));
    await until("the records on the disk", () => daemon.logs().includes("Request records are written again"));
    expect((await home.run(["status"])).exitCode).toBe(0);
    await daemon.kill();
    expect(await home.states()).toEqual({ dead: "invalid", good: "disabled" });
    using database = new Database(join(home.data, "requests.sqlite"), { readonly: true });
    expect(database.query("SELECT status FROM requests").all()).toEqual(new Array(3).fill({ status: 200 }));
  });
});

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "ob-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "none", folder]).status === 0;
  if (mounted) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return mounted;
}

function tryToWrite(path: string, bytes: number): void {
  try {
    writeFileSync(path, new Uint8Array(bytes));
  } catch {
    // It was full before: that is what this is for.
  }
}

function system(...command: readonly [string, ...string[]]): void {
  const [program, ...args] = command;
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${stderr}`);
}
