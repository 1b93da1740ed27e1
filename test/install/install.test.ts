// install.sh against a local server, in every POSIX shell that there is: installs, upgrades, and refuses what is wrong.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SCRIPT = join(import.meta.dir, "../../install.sh");
const SHELLS: readonly (readonly string[])[] = [["dash"], ["bash"], ["busybox", "sh"]];
const INSTALLED = SHELLS.filter(([program = ""]) => Bun.which(program) !== null);
const FOUND = INSTALLED.length > 0 ? INSTALLED : [["sh"]];
const TARGETS = [
  "linux-x64",
  "linux-x64-baseline",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-arm64",
];

interface Release {
  /** The path below `/`, and what is served there; a number is a status. */
  readonly files: Map<string, Uint8Array<ArrayBuffer> | number>;
}

let folder: string;
let server: ReturnType<typeof Bun.serve>;
const release: Release = { files: new Map() };
const asked: string[] = [];

beforeAll(() => {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => {
      const { pathname } = new URL(url);
      asked.push(pathname);
      const found = release.files.get(pathname) ?? 404;
      return typeof found === "number" ? new Response("none", { status: found }) : new Response(found);
    },
  });
});
afterAll(() => server.stop(true));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ob-install-"));
  release.files.clear();
  asked.length = 0;
  publish("latest/download", "1.2.3");
  publish("download/v1.0.0", "1.0.0");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A release whose program only says its version, for every target. */
function publish(path: string, version: string): void {
  const sums: string[] = [];
  for (const target of TARGETS) {
    const archive = archiveOf(`#!/bin/sh\n[ "$1" = version ] && echo "openai-balance ${version} ${target}"\n`);
    const name = `openai-balance-${target}.tar.gz`;
    release.files.set(`/${path}/${name}`, archive);
    sums.push(`${new Bun.CryptoHasher("sha256").update(archive).digest("hex")}  ${name}`);
  }
  release.files.set(`/${path}/SHA256SUMS`, new TextEncoder().encode(`${sums.join("\n")}\n`));
}

function archiveOf(program: string): Uint8Array<ArrayBuffer> {
  const place = join(folder, "pack");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "openai-balance"), program, { mode: 0o755 });
  const { stdout } = Bun.spawnSync(["tar", "-czf", "-", "-C", place, "openai-balance"]);
  rmSync(place, { recursive: true });
  return new Uint8Array(stdout);
}

interface Machine {
  readonly system?: string;
  readonly machine?: string;
  /** What stands in the place of the root of the file system. */
  readonly root?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly script?: string;
}

/** Programs of the machine that the script asks, before those of this one. */
function standIns({ system = "Linux", machine = "x86_64" }: Machine): string {
  const bin = join(folder, "stand-ins");
  mkdirSync(bin, { recursive: true });
  const put = (name: string, text: string) => writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  put("uname", `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac`);
  put("ldd", "echo 'ldd (stand-in)'");
  put("id", "echo 1000");
  return bin;
}

/** The root of a machine whose processor has AVX2. */
function rootWith(files: Readonly<Record<string, string>> = { "proc/cpuinfo": "flags : sse4_2 avx avx2\n" }): string {
  const root = join(folder, "root");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Piped, as users run it. */
async function run(shell: readonly string[], args: readonly string[], given: Machine = {}) {
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  const child = Bun.spawn([...shell, "-s", "--", ...args], {
    cwd: folder,
    env: {
      HOME: home,
      PATH: `${standIns(given)}:${process.env.PATH}`,
      OPENAI_BALANCE_RELEASES: server.url.href,
      OPENAI_BALANCE_ROOT: given.root ?? rootWith(),
      ...given.env,
    },
    stdin: new TextEncoder().encode(given.script ?? readFileSync(SCRIPT, "utf8")),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, text: stdout + stderr, place: join(home, ".local/bin") };
}

function versionIn(place: string): string {
  return Bun.spawnSync([join(place, "openai-balance"), "version"])
    .stdout.toString()
    .trim();
}

/** What is left in a folder besides the program. */
function leftovers(place: string): readonly string[] {
  return existsSync(place) ? readdirSync(place).filter((name) => name !== "openai-balance") : [];
}

describe.each(FOUND.map((shell) => [shell.join(" "), shell] as const))("in %s", (_, shell) => {
  test("installs the latest version, and says what to do where its folder is not in PATH", async () => {
    const { code, text, place } = await run(shell, []);
    expect([code, versionIn(place)]).toEqual([0, "openai-balance 1.2.3 linux-x64"]);
    expect(text).toContain(`Installed openai-balance 1.2.3 linux-x64 as ${place}/openai-balance`);
    expect(text).toContain(`export PATH="${place}:$PATH"`);
    expect(leftovers(place)).toEqual([]);
    expect(asked).toEqual(["/latest/download/SHA256SUMS", "/latest/download/openai-balance-linux-x64.tar.gz"]);
  });

  test("upgrades in place, to a version that is named, in a folder that is named", async () => {
    const place = join(folder, "with a space");
    for (const [args, version] of [
      [["--version", "v1.0.0", "--dir", place], "1.0.0"],
      [[`--dir=${place}`], "1.2.3"],
      [["--version=1.0.0", "--dir", place], "1.0.0"],
    ] as const) {
      const { code, text } = await run(shell, args, { env: { PATH: `${place}:${standIns({})}:${process.env.PATH}` } });
      expect([code, versionIn(place)]).toEqual([0, `openai-balance ${version} linux-x64`]);
      expect(text).not.toContain("is not in PATH");
    }
    expect(leftovers(place)).toEqual([]);
  });

  test("removes it again, and says what is not there", async () => {
    const { place } = await run(shell, []);
    const removed = await run(shell, ["--uninstall"]);
    expect([removed.code, existsSync(join(place, "openai-balance"))]).toEqual([0, false]);
    expect(removed.text).toContain("Configuration and data stay");
    const again = await run(shell, ["--uninstall"]);
    expect([again.code, again.text]).toEqual([1, expect.stringContaining("does not exist")]);
  });

  test("refuses a download that was changed, and leaves the version that is there", async () => {
    const { place } = await run(shell, []);
    release.files.set("/latest/download/openai-balance-linux-x64.tar.gz", archiveOf("#!/bin/sh\necho evil\n"));
    const { code, text } = await run(shell, []);
    expect([code, versionIn(place)]).toEqual([1, "openai-balance 1.2.3 linux-x64"]);
    expect(text).toContain("the SHA-256 of openai-balance-linux-x64.tar.gz is wrong");
    expect(leftovers(place)).toEqual([]);
  });

  test("refuses a download that was cut off", async () => {
    const path = "/latest/download/openai-balance-linux-x64.tar.gz";
    const whole = release.files.get(path);
    if (typeof whole !== "object") throw new Error("There is no archive");
    release.files.set(path, whole.slice(0, whole.length / 2));
    const { code, text, place } = await run(shell, []);
    expect([code, existsSync(join(place, "openai-balance"))]).toEqual([1, false]);
    expect(text).toContain("is wrong: the download was cut off or changed");
    expect(leftovers(place)).toEqual([]);
  });

  test("a script that was cut off anywhere installs nothing", async () => {
    const script = readFileSync(SCRIPT, "utf8");
    const end = script.lastIndexOf("\nmain ");
    for (const share of [0.2, 0.5, 0.8, 1]) {
      const { place } = await run(shell, [], { script: script.slice(0, Math.floor(end * share)) });
      expect([share, existsSync(place), asked.length]).toEqual([share, false, 0]);
    }
  });

  test("says what is missing where a version is not there, or has no build", async () => {
    const { code, text, place } = await run(shell, ["--version", "9.9.9"]);
    expect([code, text]).toEqual([1, expect.stringContaining("/download/v9.9.9/SHA256SUMS cannot be downloaded")]);
    release.files.set("/latest/download/SHA256SUMS", new TextEncoder().encode("0  other\n"));
    const none = await run(shell, []);
    expect([none.code, none.text]).toEqual([1, expect.stringContaining("SHA256SUMS does not name")]);
    expect(leftovers(place)).toEqual([]);
  });

  test("says what to do where the folder cannot be written to", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    for (const place of [join(file, "below"), "/proc/nowhere"]) {
      const { code, text } = await run(shell, ["--dir", place]);
      expect([code, text]).toEqual([1, expect.stringContaining("name a folder of your own with --dir")]);
    }
    const { code, text } = await run(shell, ["--dir", file]);
    expect([code, text]).toEqual([1, expect.stringContaining("is no folder")]);
  });

  test("refuses a build that does not run here, and leaves the version that is there", async () => {
    const { place } = await run(shell, []);
    publish("latest/download", "2.0.0");
    const archive = archiveOf("#!/bin/sh\necho 'GLIBC_2.99 not found' >&2; exit 1\n");
    const path = "/latest/download/openai-balance-linux-x64.tar.gz";
    release.files.set(path, archive);
    const sum = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
    release.files.set("/latest/download/SHA256SUMS", new TextEncoder().encode(`${sum}  ${path.split("/").at(-1)}\n`));
    const { code, text } = await run(shell, []);
    expect([code, versionIn(place)]).toEqual([1, "openai-balance 1.2.3 linux-x64"]);
    expect(text).toContain("GLIBC_2.99 not found");
    expect(leftovers(place)).toEqual([]);
  });

  test.each<[string, Machine, Readonly<Record<string, string>>, string]>([
    ["without AVX2", {}, { "proc/cpuinfo": "flags : sse4_2 avx\n" }, "linux-x64-baseline"],
    ["ARM", { machine: "aarch64" }, {}, "linux-arm64"],
    ["musl", {}, { "lib/ld-musl-x86_64.so.1": "" }, "linux-x64-musl"],
    ["musl on ARM", { machine: "aarch64" }, { "lib/ld-musl-aarch64.so.1": "" }, "linux-arm64-musl"],
    ["a Mac", { system: "Darwin", machine: "arm64" }, {}, "darwin-arm64"],
  ])("takes the build for %s", async (_name, machine, files, target) => {
    const { code, place } = await run(shell, [], { ...machine, root: rootWith({ "proc/none": "", ...files }) });
    expect([code, versionIn(place)]).toEqual([0, `openai-balance 1.2.3 ${target}`]);
  });

  test.each<[string, string]>([
    ["SunOS", "x86_64"],
    ["Linux", "riscv64"],
  ])("refuses %s on %s before it downloads anything", async (system, machine) => {
    const { code, text } = await run(shell, [], { system, machine });
    expect([code, asked.length]).toEqual([1, 0]);
    expect(text).toContain(`there is no build for ${system}`);
  });

  test.each(["--versoin", "--version", "--version ../../etc", "--dir"])("refuses %s", async (words) => {
    const { code, text } = await run(shell, words.split(" "));
    expect([code, asked.length]).toEqual([1, 0]);
    expect(text).toContain("Cannot install openai-balance:");
  });
});

test.skipIf(Bun.which("shellcheck") === null)("shellcheck finds nothing", () => {
  const { exitCode, stdout } = Bun.spawnSync(["shellcheck", SCRIPT]);
  expect([exitCode, stdout.toString()]).toEqual([0, ""]);
});
