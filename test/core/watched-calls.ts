// The calls of an atomic write, one step after the other: watched, failing at one of them, or ending there as by a crash.
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { FILE_CALLS, type FileCalls } from "../../src/core/atomic-file.ts";

/** The error of a system that fails. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as told`), { code });
}

/** `fails`: this step alone does. `dies`: nothing happens from this step on, and a write there gets half way. */
export interface Watch {
  readonly onStep?: (step: string) => void;
  readonly fails?: number;
  readonly dies?: number;
  /** The file system has no second names. */
  readonly hasNoLinks?: boolean;
}

export interface WatchedCalls extends FileCalls {
  /** What was called, such as `rename state.json.tmp state.json`. */
  readonly steps: readonly string[];
}

export function watchedCalls({ onStep = () => {}, fails, dies, hasNoLinks = false }: Watch = {}): WatchedCalls {
  const steps: string[] = [];
  const take = async <T>(step: string, call: () => Promise<T>, halfWay?: () => Promise<void>): Promise<T> => {
    const at = steps.push(step) - 1;
    onStep(step);
    if (dies !== undefined && at >= dies) {
      if (at === dies) await halfWay?.();
      throw systemError("ECRASH");
    }
    if (at === fails) throw systemError("EIO");
    const result = await call();
    onStep(step);
    return result;
  };
  const withHandle = (handle: FileHandle, name: string) => watchedHandle(handle, name, take);
  return {
    steps,
    open: (path, flags, mode) =>
      take(`open ${flags} ${basename(path)}`, async () =>
        withHandle(await FILE_CALLS.open(path, flags, mode), basename(path)),
      ),
    link: (path, name) =>
      take(`link ${basename(path)} ${basename(name)}`, () =>
        hasNoLinks ? Promise.reject(systemError("ENOTSUP")) : FILE_CALLS.link(path, name),
      ),
    readFile: (path) => take(`read ${basename(path)}`, () => FILE_CALLS.readFile(path)),
    rename: (from, to) => take(`rename ${basename(from)} ${basename(to)}`, () => FILE_CALLS.rename(from, to)),
    rm: (path, options) => take(`rm ${basename(path)}`, () => FILE_CALLS.rm(path, options)),
  };
}

type Take = <T>(step: string, call: () => Promise<T>, halfWay?: () => Promise<void>) => Promise<T>;

function watchedHandle(handle: FileHandle, name: string, take: Take): FileHandle {
  const write = (content: string | Uint8Array) =>
    take(
      `write ${name}`,
      () => handle.appendFile(content),
      () => handle.appendFile(content.slice(0, content.length / 2)),
    );
  return {
    chmod: (mode: number) => take(`chmod ${name}`, () => handle.chmod(mode)),
    writeFile: write,
    appendFile: write,
    sync: () => take(`sync ${name}`, () => handle.sync()),
    // The system closes what a process leaves open.
    close: () => take(`close ${name}`, () => Promise.resolve()).finally(() => handle.close()),
  } as unknown as FileHandle;
}
