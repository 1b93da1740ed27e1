// The spinner: for a person only, gone when the step is over, whatever it ended with.
import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import type { CliContext } from "../../src/cli/cli-context.ts";
import { withSpinner } from "../../src/cli/spinner.ts";
import { FakeTerminal } from "./fake-terminal.ts";

/** A terminal as libraries see one, and all that was drawn on it. */
function drawn(columns = 80) {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns,
    rows: 24,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
    getColorDepth: () => 4,
    hasColors: () => true,
  });
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

function contextOf(fake: FakeTerminal, isTerminal: boolean, stream: NodeJS.WriteStream): CliContext {
  const context = fake.context({ isTerminal });
  return { ...context, err: { ...context.err, stream } };
}

test("a terminal sees what goes on, and the result comes through", async () => {
  using fake = new FakeTerminal();
  const { stream, text } = drawn();
  const result = await withSpinner("Testing", contextOf(fake, true, stream), { color: false }, async (progress) => {
    progress.say("Testing: 1 of 2 answered");
    return 7;
  });
  expect(result).toBe(7);
  expect(text()).toContain("Testing");
});

test("the cursor is back after a failure too", async () => {
  using fake = new FakeTerminal();
  const { stream, text } = drawn();
  const failing = withSpinner("Testing", contextOf(fake, true, stream), { color: false }, () =>
    Promise.reject(new Error("no")),
  );
  await expect(failing).rejects.toThrow("no");
  const [shown, hidden] = ["\x1b[?25h", "\x1b[?25l"].map((code) => text().lastIndexOf(code));
  expect(shown).toBeGreaterThanOrEqual(hidden ?? 0);
});

test.each([
  ["a pipe", false, {}, 80],
  ["--quiet", true, { quiet: true }, 80],
  ["a terminal without a width", true, {}, 0],
])("%s sees nothing of it", async (_case, isTerminal, options, columns) => {
  using fake = new FakeTerminal();
  const { stream, text } = drawn(columns);
  await withSpinner("Testing", contextOf(fake, isTerminal, stream), { color: false, ...options }, async () => 1);
  expect(text()).toBe("");
});
