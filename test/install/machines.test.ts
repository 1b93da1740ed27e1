// install.sh on all kinds of machines: which build it takes, with whose tools, and what an odd moment leaves behind.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Machine, Releases, SHELLS } from "./releases.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ARCHIVE = "latest/download/openai-balance-linux-x64.tar.gz";
const SUMS = "latest/download/SHA256SUMS";
const INSTALLED = "openai-balance 1.2.3 linux-x64";
const TLS = join(import.meta.dir, "../fixture/tls");
/** A curl that ends a silence at once, if it was told to end one at all. */
const IMPATIENT = `case "$*" in *--speed-time*) exec ${Bun.which("curl")} "$@" --speed-time 1 --retry 0 ;; esac; exit 99`;

const DOWNLOADERS = (
  [
    [["curl", "sha256sum"], {}],
    [["wget", "shasum"], {}],
    [["busybox", "openssl"], { wget: 'exec busybox wget "$@"' }],
  ] as [readonly string[], Readonly<Record<string, string>>][]
).filter(([tools]) => tools.every((tool) => Bun.which(tool) !== null));

let releases: Releases;
beforeEach(() => {
  releases = new Releases();
});
afterEach(() => releases[Symbol.dispose]());

describe.each(SHELLS)("in %s", (_, shell) => {
  test.each<[string, Machine, string]>([
    ["without AVX2", { root: { "proc/cpuinfo": "flags : sse4_2 avx\n" } }, "linux-x64-baseline"],
    ["that does not show its processor", { root: {} }, "linux-x64-baseline"],
    ["with ARM", { machine: "aarch64", root: {} }, "linux-arm64"],
    ["with musl", { root: { "lib/ld-musl-x86_64.so.1": "" } }, "linux-x64-musl"],
    ["with musl and ARM", { machine: "aarch64", root: { "lib/ld-musl-aarch64.so.1": "" } }, "linux-arm64-musl"],
    [
      "with musl besides glibc",
      {
        programs: { ldd: "echo 'ldd (Debian GLIBC 2.36)'" },
        root: { "lib/ld-musl-x86_64.so.1": "", "proc/cpuinfo": "flags : avx2\n" },
      },
      "linux-x64",
    ],
    ["by Apple", { system: "Darwin", machine: "arm64" }, "darwin-arm64"],
    ["by Apple with Intel", { system: "Darwin", programs: { sysctl: "exit 1" } }, "darwin-x64"],
    ["by Apple under Rosetta", { system: "Darwin", programs: { sysctl: "echo 1" } }, "darwin-arm64"],
  ])("takes the build for a machine %s", async (_name, machine, target) => {
    const { code } = await releases.run(shell, [], machine);
    expect([code, releases.installed()]).toEqual([0, `openai-balance 1.2.3 ${target}`]);
  });

  test.each<[string, Machine]>([
    ["SunOS on x64", { system: "SunOS" }],
    ["FreeBSD on x64", { system: "FreeBSD", machine: "amd64" }],
    ["Linux on riscv64", { machine: "riscv64" }],
    ["Linux on armv7l", { machine: "armv7l" }],
    ["Linux on arm64 with programs of 32 bits", { machine: "aarch64", programs: { getconf: "echo 32" } }],
  ])("refuses %s before it downloads anything", async (name, machine) => {
    const { code, text } = await releases.run(shell, [], machine);
    expect([code, releases.asked]).toEqual([1, []]);
    expect(text).toContain(`there is no build for ${name}\n`);
  });

  test.each(DOWNLOADERS)("installs with %j alone, and says what went wrong", async (tools, programs) => {
    const { code, text } = await releases.run(shell, [], { tools, programs });
    expect([code, text, releases.installed()]).toEqual([0, expect.any(String), INSTALLED]);
    const absent = await releases.run(shell, ["--version", "9.9.9"], { tools, programs });
    expect([absent.code, absent.text]).toEqual([1, expect.stringContaining("404")]);
    releases.put(ARCHIVE, "changed");
    const changed = await releases.run(shell, [], { tools, programs });
    expect([changed.code, changed.text]).toEqual([1, expect.stringContaining("is wrong: the download was cut off")]);
  });

  test.each<[string, readonly string[]]>([
    ["neither curl nor wget", []],
    ["none of sha256sum, shasum and openssl", ["curl"]],
  ])("says that there is %s", async (what, tools) => {
    const { code, text } = await releases.run(shell, [], { tools });
    expect([code, text]).toEqual([1, expect.stringContaining(`there is ${what}`)]);
    expect(releases.leftovers()).toEqual([]);
  });

  test.each<[string, string, string]>([
    ["/bin/zsh", "Darwin", "~/.zshrc"],
    ["/bin/bash", "Darwin", "~/.bash_profile"],
    ["/bin/bash", "Linux", "~/.bashrc"],
    ["/bin/sh", "Linux", "~/.profile"],
  ])("says how %s of %s gets it into PATH", async (user, system, file) => {
    const { text } = await releases.run(shell, [], { system, machine: "arm64", env: { SHELL: user } });
    expect(text).toContain(`  echo 'export PATH="${releases.place}:$PATH"' >> ${file}\n`);
  });

  test("says how fish gets it into PATH, and what comes before it there", async () => {
    const fish = await releases.run(shell, [], { env: { SHELL: "/usr/bin/fish" } });
    expect(fish.text).toContain(`  fish_add_path '${releases.place}'\n`);
    const path = `${process.env.PATH}:${releases.place}`;
    const inPath = await releases.run(shell, [], { path });
    expect(inPath.text).toEndWith(`as ${releases.place}/openai-balance\nNext: openai-balance init\n`);
    const another = await releases.run(shell, [], { path, programs: { "openai-balance": "" } });
    expect(another.text).toMatch(/^Another one comes before it in PATH: .*\/openai-balance$/m);
  });

  test("goes where it can, without a home and with a tilde that no shell has read", async () => {
    const { code, text } = await releases.run(shell, [], { env: { HOME: undefined } });
    expect([code, text]).toEqual([1, expect.stringContaining("HOME is not set")]);
    const root = await releases.run(shell, [], { user: 0, programs: { mktemp: "exit 1" } });
    expect([root.code, root.text]).toEqual([1, expect.stringContaining("/usr/local/bin cannot be written to")]);
    expect(await releases.run(shell, ["--dir=~/-x y"])).toMatchObject({ code: 0 });
    expect(releases.installed(join(releases.home, "-x y"))).toBe(INSTALLED);
  });

  test("makes what others can use, whatever the umask is", async () => {
    await releases.run(shell, [], { before: "umask 077" });
    const modes = [releases.place, join(releases.place, "openai-balance"), releases.page].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o755, 0o755, 0o644]);
  });

  test("replaces a program that runs, which goes on", async () => {
    mkdirSync(releases.place, { recursive: true });
    const file = join(releases.place, "openai-balance");
    copyFileSync(Bun.which("sleep") ?? "", file);
    const running = Bun.spawn([file, "600"]);
    const { code } = await releases.run(shell);
    expect([code, releases.installed(), running.exitCode]).toEqual([0, INSTALLED, null]);
    running.kill();
    await running.exited;
  });

  test("leaves what was there, and nothing else, where it is ended while it downloads", async () => {
    await releases.run(shell, ["--version", "1.0.0"]);
    const held = Promise.withResolvers<Response>();
    releases.answer(ARCHIVE, () => held.promise);
    const child = releases.start(shell, []);
    await until("the download", () => releases.asked.includes(`/${ARCHIVE}`));
    child.kill("SIGTERM");
    held.resolve(new Response("late"));
    expect([await child.exited, releases.installed()]).toEqual([143, "openai-balance 1.0.0 linux-x64"]);
    expect(releases.leftovers()).toEqual([]);
  });

  test("leaves nothing behind where nobody reads what it says", async () => {
    await releases.run(["/bin/sh", "-c", '"$0" "$@" 2>&1 | true', ...shell]);
    expect(releases.leftovers()).toEqual([]);
  });

  test("takes a list of sums with the line ends of Windows, and another place's redirects", async () => {
    const sums = new TextDecoder().decode(await releases.bytesOf(SUMS));
    releases.put("elsewhere", sums.replaceAll("\n", "\r\n"));
    releases.answer(SUMS, () => Response.redirect(`${releases.url}elsewhere`));
    expect(await releases.run(shell)).toMatchObject({ code: 0 });
  });
});

describe.skipIf(Bun.which("curl") === null)("with curl", () => {
  const [, shell] = SHELLS[0] ?? ["", ["sh"]];

  test("gives up on a server that says nothing", async () => {
    releases.answer(SUMS, () => new Promise(() => {}));
    const { code, text } = await releases.run(shell, [], { programs: { curl: IMPATIENT } });
    expect([code, text]).toEqual([1, expect.stringContaining("Operation too slow")]);
    expect(releases.leftovers()).toEqual([]);
  });

  test("follows no redirect from https to http", async () => {
    const tls = { key: Bun.file(join(TLS, "localhost.key")), cert: Bun.file(join(TLS, "localhost.pem")) };
    const target = `${releases.url}${SUMS}`;
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", tls, fetch: () => Response.redirect(target) });
    const env = {
      OPENAI_BALANCE_RELEASES: `https://localhost:${server.port}`,
      CURL_CA_BUNDLE: join(TLS, "ca.pem"),
    };
    const { code, text } = await releases.run(shell, [], { env });
    expect([code, text]).toEqual([1, expect.stringMatching(/Protocol .*http.* disabled/)]);
    expect(releases.asked).toEqual([]);
  });
});
