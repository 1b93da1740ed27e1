// Runs command lines in this process, in a folder of their own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliContext } from "../../src/cli/cli-context.ts";
import { runCli } from "../../src/cli/run-cli.ts";

export interface Printed {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export interface FakeTerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
}

export class FakeTerminal implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "openai-balance-cli-"));

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  async run(args: readonly string[], { env = {}, isTerminal = false }: FakeTerminalOptions = {}): Promise<Printed> {
    const texts = { out: "", err: "" };
    const output = (name: "out" | "err") => ({
      isTerminal,
      write: (text: string) => {
        texts[name] += text;
      },
    });
    const context: CliContext = {
      out: output("out"),
      err: output("err"),
      env,
      cwd: this.folder,
      home: join(this.folder, "home"),
      platform: "linux",
    };
    return { exitCode: await runCli(args, context), ...texts };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
