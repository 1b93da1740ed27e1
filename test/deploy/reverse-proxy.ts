// nginx and Caddy with the files of deploy/, of which only names, ports and the certificate are others.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../fixture/until.ts";

export const ROOT = join(import.meta.dir, "../..");
/** The name that the files have. */
export const NAME = "gateway.example";
const TLS = join(ROOT, "test/fixture/tls");
const CERTIFICATE = join(TLS, "localhost.pem");
const PRIVATE_KEY = join(TLS, "localhost.key");

export interface ReverseProxy extends AsyncDisposable {
  /** The certificate is for this name. */
  readonly url: string;
  /** What browsers send as `Host` where the proxy has its real name. */
  readonly host: string;
  /** Takes the first of two daemons out, as the documents say; what it has in flight goes on. Undefined where that does harm. */
  readonly leaveOutFirst: (() => void) | undefined;
}

/** What there is to fill in. */
interface Setting {
  readonly folder: string;
  readonly port: number;
  /** Hosts with ports of one daemon, or of two. */
  readonly daemons: readonly string[];
  /** The first of them gets nothing more. */
  readonly isFirstOut: boolean;
}

interface Kind {
  readonly program: string;
  readonly file: string;
  /** The whole configuration, made of the file. */
  fill(text: string, setting: Setting): string;
  /** The arguments that start it with a file, and those that let it read that anew before an instance restarts. */
  start(path: string, folder: string): readonly string[];
  readonly reload?: (path: string, folder: string) => readonly string[];
}

export const KINDS = {
  nginx: {
    program: "nginx",
    file: "deploy/nginx.conf",
    fill: fillNginx,
    start: (path, folder) => ["-p", folder, "-c", path, "-g", "daemon off;"],
    reload: (path, folder) => ["-p", folder, "-c", path, "-s", "reload"],
  },
  Caddy: {
    program: "caddy",
    file: "deploy/Caddyfile",
    fill: fillCaddy,
    start: (path) => ["run", "--adapter", "caddyfile", "--config", path],
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** Starts it before these daemons and waits until it listens. @throws with what it printed if it ends before. */
export async function startProxy(name: keyof typeof KINDS, daemons: readonly string[]): Promise<ReverseProxy> {
  const kind: Kind = KINDS[name];
  const folder = mkdtempSync(join(tmpdir(), "ob-proxy-"));
  const port = freePort();
  const path = join(folder, "proxy.conf");
  const setting = { folder, port, daemons: daemons.map((url) => new URL(url).host) };
  const write = (isFirstOut: boolean) => {
    writeFileSync(path, kind.fill(readFileSync(join(ROOT, kind.file), "utf8"), { ...setting, isFirstOut }));
  };
  write(false);
  const log = join(folder, "log");
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = Bun.spawn([kind.program, ...kind.start(path, folder)], {
    env,
    stdout: Bun.file(log),
    stderr: Bun.file(log),
  });
  const end = async () => {
    child.kill("SIGKILL");
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(`${name} listens`, () => {
      if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}`);
      return listens(port);
    });
  } catch (error: unknown) {
    const said = readFileSync(log, "utf8");
    await end();
    throw new Error(`Cannot start ${name}:\n${said}`, { cause: error });
  }
  return {
    url: `https://localhost:${port}`,
    host: `${NAME}:${port}`,
    leaveOutFirst:
      kind.reload &&
      (() => {
        write(true);
        const { exitCode, stderr } = Bun.spawnSync([kind.program, ...(kind.reload?.(path, folder) ?? [])], { env });
        if (exitCode !== 0) throw new Error(`Cannot reload ${name}:\n${stderr}`);
      }),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.exited;
      await end();
    },
  };
}

function fillNginx(text: string, { folder, port, daemons: [first = "", second], isFirstOut }: Setting): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const filled = text
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`)
    .replace(/^.*listen \[::\]:443.*\n/m, "")
    .replace(/ssl_certificate .*;/, `ssl_certificate ${CERTIFICATE};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${PRIVATE_KEY};`)
    .replace("127.0.0.1:8000 max_fails=0;", isFirstOut ? `${first} down;` : `${first} max_fails=0;`)
    .replace(/# (server )127\.0\.0\.1:8001/, second === undefined ? "# $1none" : `$1${second}`);
  return [
    `pid ${folder}/pid;`,
    `error_log ${folder}/error.log;`,
    "events {}",
    `http { access_log off; ${temporary.join(" ")}`,
    filled,
    "}\n",
  ].join("\n");
}

function fillCaddy(text: string, { folder, port, daemons }: Setting): string {
  // No name: for localhost it would make an authority and put that among those that this machine trusts.
  const site = `:${port} {\n\tbind 127.0.0.1\n\ttls ${CERTIFICATE} ${PRIVATE_KEY}`;
  const filled = text
    .replace(/^gateway\.example \{$/m, site)
    .replace(/^\treverse_proxy .* \{$/m, `\treverse_proxy ${daemons.join(" ")} {`);
  return `{\n\tadmin unix/${folder}/admin.sock\n\tauto_https off\n}\n${filled}`;
}

/** A port that was free a moment ago: neither program takes port 0 and says which it got. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  listener.stop(true);
  return listener.port;
}

async function listens(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
