// Shows a page in the browser of the desktop that a terminal stands on.
import { spawn } from "node:child_process";

/** The process, as far as it tells of a desktop. */
interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The program that opens a URL, with its arguments; undefined where there is no desktop. */
export function browserCommand(url: string, { platform, env }: Desktop): readonly [string, ...string[]] | undefined {
  // Over SSH the desktop is that of somebody else, if there is one.
  if (env.SSH_CONNECTION || env.SSH_TTY) return undefined;
  if (platform === "darwin") return ["open", url];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", url];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ["xdg-open", url] : undefined;
}

/** Resolves to true once the program runs; what becomes of it nobody waits for. */
export async function browse(url: string, desktop: Desktop): Promise<boolean> {
  const found = browserCommand(url, desktop);
  if (found === undefined) return false;
  const [program, ...args] = found;
  return new Promise((resolve) => {
    const started = spawn(program, args, { stdio: "ignore", detached: true });
    started.once("error", () => resolve(false));
    started.once("spawn", () => resolve(true));
    started.unref();
  });
}
