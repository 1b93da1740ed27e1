// Starts nginx, where it is installed, with a configuration in the folder of this run.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BenchContext, TLS_FILES } from "../bench-context.ts";
import type { Server } from "../children.ts";
import { nginxConfig } from "./nginx-config.ts";

const READY_MS = 5_000;
const LOOK_EVERY_MS = 20;
const PLACES = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin";

/** Undefined if it is not installed. */
export function findNginx(): string | undefined {
  return Bun.which("nginx", { PATH: `${process.env.PATH}:${PLACES}` }) ?? undefined;
}

/** Undefined if it is not installed. @throws Error if it does not start. */
export async function startNginx({ children, folder }: BenchContext, upstreamUrl: string): Promise<Server | undefined> {
  const program = findNginx();
  if (program === undefined) return undefined;
  const home = join(folder, `nginx-${crypto.randomUUID()}`);
  await mkdir(home);
  const port = freePort();
  const config = join(home, "nginx.conf");
  await writeFile(config, nginxConfig({ folder: home, port, upstreamUrl, ca: TLS_FILES.ca }));
  const child = children.spawn([program, "-p", home, "-e", join(home, "error.log"), "-c", config]);
  const server = { url: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => children.stop(child) };
  if (await listens(port)) return server;
  const reason = await Bun.file(join(home, "error.log"))
    .text()
    .catch(() => "");
  throw new Error(`Cannot start nginx: ${reason}`);
}

/** nginx cannot say which port it took. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

async function listens(port: number): Promise<boolean> {
  const patience = performance.now() + READY_MS;
  while (performance.now() < patience) {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => {} } }).catch(
      () => undefined,
    );
    socket?.end();
    if (socket !== undefined) return true;
    await Bun.sleep(LOOK_EVERY_MS);
  }
  return false;
}
