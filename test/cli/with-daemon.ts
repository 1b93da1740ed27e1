// A terminal beside a fake daemon whose data folder is `data`.
import { ANSWERS, NOW } from "./daemon-answers.ts";
import { type Answers, FakeDaemon } from "./fake-daemon.ts";
import { FakeTerminal, type FakeTerminalOptions, type Printed } from "./fake-terminal.ts";

export interface Place extends AsyncDisposable {
  readonly terminal: FakeTerminal;
  readonly daemon: FakeDaemon;
  run(args: readonly string[], options?: FakeTerminalOptions): Promise<Printed>;
}

/** `answers`: in place of the usual ones. */
export function withDaemon(answers: Answers = {}): Place {
  const terminal = new FakeTerminal();
  terminal.write("data/.keep", "");
  const daemon = new FakeDaemon(terminal.path("data/daemon.sock"), { ...ANSWERS, ...answers });
  return {
    terminal,
    daemon,
    run: (args, options) => terminal.run([...args, "--data-dir", "data"], { now: () => NOW, ...options }),
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]();
      terminal[Symbol.dispose]();
    },
  };
}
