// A server of releases whose programs only say their version, and install.sh run against it as users run it: piped.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const SCRIPT = join(import.meta.dir, "../../install.sh");
const KNOWN: readonly (readonly string[])[] = [["dash"], ["bash"], ["busybox", "sh"]];
const FOUND = KNOWN.filter(([program = ""]) => Bun.which(program) !== null);
/** The programs of those that are not here. */
export const ABSENT = KNOWN.map(([program = ""]) => program).filter((program) => Bun.which(program) === null);
/** For `describe.each`: a name, and the command. */
export const SHELLS = (FOUND.length > 0 ? FOUND : [["sh"]]).map(
  ([program = "", ...args]) => [program, [Bun.which(program) ?? program, ...args]] as const,
);

const PROGRAM = "openai-balance";
const TARGETS = ["linux-x64", "linux-x64-baseline", "linux-arm64", "linux-x64-musl", "linux-arm64-musl"].concat(
  "darwin-x64",
  "darwin-arm64",
);
/** What the script calls besides what it downloads with and makes sums with. */
const TOOLS = ["sh", "awk", "cat", "chmod", "getconf", "grep", "gzip", "head", "mkdir", "mktemp", "mv", "rm", "tar"];

/** Where install.sh runs. */
export interface Machine {
  readonly system?: string;
  readonly machine?: string;
  readonly user?: number;
  /** Files below what stands in the place of the root of the file system; a processor with AVX2 by default. */
  readonly root?: Readonly<Record<string, string>>;
  /** Programs by name, as shell scripts; they are found before those of this machine. */
  readonly programs?: Readonly<Record<string, string>>;
  /** The only ones of this machine that are there besides those of every system; all by default. */
  readonly tools?: readonly string[];
  /** Where programs are looked for after them; that of this machine by default. */
  readonly path?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What is piped; install.sh by default. */
  readonly script?: string;
  /** Commands of the shell before it, such as `umask 077`. */
  readonly before?: string;
}

/** Releases on a port of their own, and a folder for everything that is installed. */
export class Releases implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "ob-install-"));
  readonly home = join(this.folder, "home");
  /** Where it goes by default. */
  readonly place = join(this.home, ".local/bin");
  readonly page = join(this.home, ".local/share/man/man1/openai-balance.1");
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  readonly #files = new Map<string, () => Response | Promise<Response>>();
  readonly #server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: ({ url }) => {
      const { pathname } = new URL(url);
      this.asked.push(pathname);
      return this.#files.get(pathname)?.() ?? new Response("none", { status: 404 });
    },
  });
  readonly url = this.#server.url.href;

  constructor() {
    mkdirSync(this.home);
    this.publish("latest/download", "1.2.3");
    this.publish("download/v1.0.0", "1.0.0");
  }

  publish(path: string, version: string): void {
    const sums: string[] = [];
    for (const target of TARGETS) {
      const text = `#!/bin/sh\n[ "$1" = version ] && echo "${PROGRAM} ${version} ${target}"\n`;
      sums.push(this.put(`${path}/${PROGRAM}-${target}.tar.gz`, this.archive(text, `.TH ${version}\n`)));
    }
    this.put(`${path}/SHA256SUMS`, sums.join(""));
  }

  /** Serves this; gives its line for SHA256SUMS. */
  put(path: string, body: string | Uint8Array<ArrayBuffer>): string {
    this.answer(path, () => new Response(body));
    return `${new Bun.CryptoHasher("sha256").update(body).digest("hex")}  ${path.split("/").at(-1)}\n`;
  }

  answer(path: string, answer: () => Response | Promise<Response>): void {
    this.#files.set(`/${path}`, answer);
  }

  async bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.#files.get(`/${path}`)?.();
    if (response === undefined) throw new Error(`Nothing is published at ${path}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** A tar.gz of a program and, where it is given, its manual page. */
  archive(program: string, page?: string): Uint8Array<ArrayBuffer> {
    const folder = join(this.folder, "pack");
    mkdirSync(folder);
    writeFileSync(join(folder, PROGRAM), program, { mode: 0o755 });
    if (page !== undefined) writeFileSync(join(folder, `${PROGRAM}.1`), page);
    const { stdout } = Bun.spawnSync(["tar", "-czf", "-", "-C", folder, ...readdirSync(folder)]);
    rmSync(folder, { recursive: true });
    return new Uint8Array(stdout);
  }

  start(shell: readonly string[], args: readonly string[], given: Machine = {}) {
    const script = given.script ?? readFileSync(SCRIPT, "utf8");
    return Bun.spawn([...shell, "-s", "--", ...args], {
      cwd: this.folder,
      env: {
        HOME: this.home,
        PATH: this.#path(given),
        OPENAI_BALANCE_RELEASES: this.url,
        OPENAI_BALANCE_ROOT: this.#root(given.root ?? { "proc/cpuinfo": "flags : sse4_2 avx avx2\n" }),
        ...given.env,
      },
      stdin: new TextEncoder().encode(given.before === undefined ? script : `${given.before}\n${script}`),
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  async run(shell: readonly string[], args: readonly string[] = [], given: Machine = {}) {
    const child = this.start(shell, args, given);
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, text: stdout + stderr };
  }

  /** What the installed program says; undefined where there is none. */
  installed(place = this.place): string | undefined {
    const file = join(place, PROGRAM);
    return existsSync(file) ? Bun.spawnSync([file, "version"]).stdout.toString().trim() : undefined;
  }

  /** What a folder has besides the program. */
  leftovers(place = this.place): readonly string[] {
    return existsSync(place) ? readdirSync(place).filter((name) => name !== PROGRAM) : [];
  }

  [Symbol.dispose](): void {
    this.#server.stop(true);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #path({ system = "Linux", machine = "x86_64", user = 1000, programs, tools, path }: Machine): string {
    const own = mkdtempSync(join(this.folder, "stand-ins-"));
    const scripts = {
      uname: `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac`,
      ldd: "echo 'ldd (stand-in)'",
      id: `echo ${user}`,
      ...programs,
    };
    for (const [name, text] of Object.entries(scripts))
      writeFileSync(join(own, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    if (tools === undefined) return `${own}:${path ?? process.env.PATH}`;
    for (const name of [...TOOLS, ...tools])
      if (!existsSync(join(own, name))) symlinkSync(Bun.which(name) ?? "", join(own, name));
    return own;
  }

  #root(files: Readonly<Record<string, string>>): string {
    const root = mkdtempSync(join(this.folder, "root-"));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }
}
