// `providers reset`: what it asks for, what it says, and that it counts without a daemon too.
import { describe, expect, test } from "bun:test";
import { FakeTerminal } from "./fake-terminal.ts";
import { withDaemon } from "./with-daemon.ts";

describe("providers reset", () => {
  test.each<[readonly string[], object, string]>([
    [["deepseek"], { provider: "deepseek", cleared: true }, "Reset deepseek\n"],
    [["deepseek", "--model", "m"], { provider: "deepseek", model: "m", cleared: true }, "Reset m at deepseek\n"],
    [
      ["deepseek"],
      { provider: "deepseek", cleared: false },
      "Reset deepseek: no breaker was open, and it was not suspect\n",
    ],
    [
      ["deepseek", "--model", "m"],
      { provider: "deepseek", model: "m", cleared: false },
      "Reset m at deepseek: its breaker was not open\n",
    ],
  ])("%j answered with %j", async (args, answer, out) => {
    await using place = withDaemon({ "providers.reset": answer as never });
    expect(await place.run(["providers", "reset", ...args])).toEqual({ exitCode: 0, out, err: "" });
    const { cleared: _cleared, ...asked } = answer as { cleared: boolean };
    expect(place.daemon.lastInput("providers.reset")).toEqual(asked);
  });

  test("without a daemon counts from the next start on", async () => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", "providers: [{ name: openai, api_keys: [sk-fake-0123456789abcdef] }]\n");
    expect(await terminal.run(["providers", "reset", "openai", "--json"])).toMatchObject({
      exitCode: 0,
      out: '{\n  "provider": "openai",\n  "cleared": false\n}\n',
    });
    expect(await terminal.run(["providers", "reset", "opnai"])).toMatchObject({
      exitCode: 2,
      err: "There is no provider opnai: did you mean openai\n",
    });
  });

  test("ends with 3 where the daemon that is meant does not answer", async () => {
    using terminal = new FakeTerminal();
    const args = ["providers", "reset", "openai", "--url", "http://127.0.0.1:1"];
    expect(await terminal.run(args, { env: { OPENAI_BALANCE_TOKEN: "fake-admin-token-0001" } })).toMatchObject({
      exitCode: 3,
    });
  });
});
