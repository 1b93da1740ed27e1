// `serve` as a person meets it: what it prints when it cannot start, and while it runs.
import { expect, test } from "bun:test";
import { runProgram, startDaemon } from "../fixture/daemon.ts";

test("a second daemon on the same port ends with 1 and says that the port is in use", async () => {
  await using first = await startDaemon({ args: ["--demo"] });
  const { port } = new URL(first.url);
  const second = await runProgram(["serve", "--demo", "--port", port]);
  expect(second).toMatchObject({ exitCode: 1, stdout: "" });
  expect(second.stderr).toBe(
    `Cannot listen on 127.0.0.1 port ${port}: the port is in use; choose another with --port or stop the program that has it\n`,
  );
});
