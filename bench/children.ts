// The processes that a run starts: each is stopped when it is no longer needed, and all of them at the end of the run.
import type { Subprocess } from "bun";

const READY_MS = 10_000;
const GRACE_MS = 3_000;
const LISTENING = /listening on (\S+)/;

interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default "inherit" */
  readonly stderr?: "ignore" | "inherit";
}

export type Child = Subprocess<"ignore", "pipe", "ignore" | "inherit">;

/** A server that listens. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export class Children {
  readonly #running = new Set<Subprocess>();
  #isOver = false;

  /** @throws Error after `stopAll`. */
  spawn(command: readonly string[], options: SpawnOptions = {}): Child {
    if (this.#isOver) throw new Error(`Cannot start \`${command[0]}\`: the run is over`);
    const child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "inherit", ...options });
    this.#running.add(child);
    void child.exited.then(() => this.#running.delete(child));
    return child;
  }

  /** Starts a server that prints `... listening on URL` first. @throws Error if it does not. */
  async serve(command: readonly string[], options: SpawnOptions = {}): Promise<Server> {
    const child = this.spawn(command, options);
    const url = LISTENING.exec(await firstLine(child))?.[1];
    if (url === undefined) {
      await this.stop(child);
      throw new Error(`Cannot start \`${command.join(" ")}\`: it did not say where it listens`);
    }
    return { url, pid: child.pid, stop: () => this.stop(child) };
  }

  /** SIGTERM, then SIGKILL. */
  async stop(child: Subprocess): Promise<void> {
    child.kill("SIGTERM");
    const patience = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await child.exited;
    clearTimeout(patience);
  }

  async stopAll(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#running].map((child) => this.stop(child)));
  }
}

/** Goes on reading after it, so that the child never waits for its reader. */
async function firstLine(child: Child): Promise<string> {
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  const patience = setTimeout(() => void reader.cancel(), READY_MS);
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  clearTimeout(patience);
  void drain(reader);
  return text;
}

async function drain(reader: { read(): Promise<{ readonly done: boolean }> }): Promise<void> {
  for (;;) {
    const { done } = await reader.read();
    if (done) return;
  }
}
