// Runs command lines in this process, in a folder of their own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CliContext } from "../../src/cli/cli-context.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import type { ServiceHost } from "../../src/cli/service/service-host.ts";

export interface Printed {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** A machine with systemd, on which nothing is done: whoever runs these tests keeps their services. */
const PRETENDED: ServiceHost = {
  run: async (_program, ...args) => ({
    code: 0,
    stdout: args.includes("show") ? "LoadState=loaded\n" : "",
    stderr: "",
  }),
  root: "",
  uid: 1000,
  program: "/usr/local/bin/openai-balance",
  hasSystemd: true,
};

export interface FakeTerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Of both outputs and the input. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** What standard input holds, which is no terminal then. */
  readonly stdin?: string;
  /** What a person answers; an error is Ctrl-C, and a question without an answer fails. */
  readonly answers?: readonly (string | boolean | Error)[];
  readonly now?: () => number;
  /** What starts services; by default nothing is done. */
  readonly serviceHost?: ServiceHost;
  /** A browser can be started. */
  readonly hasDesktop?: boolean;
  /** Ctrl-C. */
  readonly signal?: AbortSignal;
  readonly platform?: NodeJS.Platform;
}

export class FakeTerminal implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "openai-balance-cli-"));
  /** Every question that was asked. */
  readonly questions: string[] = [];
  /** Every address that a browser was to show. */
  readonly browsed: string[] = [];

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** The path of something in the folder. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  async run(args: readonly string[], options: FakeTerminalOptions = {}): Promise<Printed> {
    const texts = { out: "", err: "" };
    const context = this.context(options, texts);
    return { exitCode: await runCli(args, context), ...texts };
  }

  /** What is printed is added to `texts`. */
  context(options: FakeTerminalOptions = {}, texts = { out: "", err: "" }): CliContext {
    const {
      env = {},
      isTerminal = false,
      columns,
      stdin,
      now = Date.now,
      signal = new AbortController().signal,
    } = options;
    const output = (name: "out" | "err") => ({
      isTerminal,
      columns,
      write: (text: string) => {
        texts[name] += text;
      },
    });
    const answers = [...(options.answers ?? [])];
    const answer = async <T>(message: string): Promise<T> => {
      this.questions.push(message);
      const next = answers.shift() ?? new Error(`Nobody answers ${message}`);
      if (next instanceof Error) throw next;
      return next as T;
    };
    return {
      out: output("out"),
      err: output("err"),
      serviceHost: async () => options.serviceHost ?? PRETENDED,
      browse: async (url) => {
        this.browsed.push(url);
        return options.hasDesktop === true;
      },
      input: { isTerminal: isTerminal && stdin === undefined, readAll: async () => stdin ?? "" },
      ask: { secret: (message) => answer<string>(message), confirm: (message) => answer<boolean>(message) },
      env,
      cwd: this.folder,
      home: join(this.folder, "home"),
      platform: options.platform ?? "linux",
      now,
      interruption: () => signal,
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
