// `config set` and `config unset`: what is sent, what is asked, and what is said about when it counts.
import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/cli/cli-context.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { withDaemon } from "./with-daemon.ts";

const SECRET = fakeSecret("setting");
const CHANGED = {
  file: "/etc/config.yaml",
  path: "server.port",
  changed: true,
  secret: false,
  needs_restart: false,
  warnings: [],
};

describe("what config set says", () => {
  test.each([
    [CHANGED, "Set server.port in /etc/config.yaml, in effect now\n", ""],
    [{ ...CHANGED, needs_restart: true }, "Set server.port in /etc/config.yaml, from the next start on\n", ""],
    [{ ...CHANGED, changed: false }, "server.port in /etc/config.yaml is so already\n", ""],
    [
      { ...CHANGED, warnings: ["config.yaml:1:1 auth: there is no client token"] },
      "Set server.port in /etc/config.yaml, in effect now\n",
      "warning config.yaml:1:1 auth: there is no client token\n",
    ],
  ])("%j", async (answer, out, err) => {
    await using place = withDaemon({ "config.set": answer });
    expect(await place.run(["config", "set", "server.port", "8080"])).toEqual({ exitCode: 0, out, err });
    expect(place.daemon.lastInput("config.set")).toEqual({ path: "server.port", value: "8080" });
  });

  test("config unset sends no value", async () => {
    await using place = withDaemon({ "config.set": CHANGED });
    const { out } = await place.run(["config", "unset", "server.port"]);
    expect(out).toBe("Removed server.port in /etc/config.yaml, in effect now\n");
    expect(place.daemon.lastInput("config.set")).toEqual({ path: "server.port" });
  });
});

describe("a value that is not given", () => {
  test("is asked for without echo", async () => {
    await using place = withDaemon({ "config.set": { ...CHANGED, secret: true } });
    const { out, err } = await place.run(["config", "set", "auth.admin_token"], {
      isTerminal: true,
      answers: [SECRET],
    });
    expect(place.terminal.questions).toEqual(["Value (it is not shown):"]);
    expect(place.daemon.lastInput("config.set")).toEqual({ path: "auth.admin_token", value: SECRET });
    expect(out + err).not.toContain(SECRET);
  });

  test("is read from standard input, without its line end", async () => {
    await using place = withDaemon();
    await place.run(["config", "set", "auth.admin_token"], { stdin: `${SECRET}\r\n` });
    expect(place.daemon.lastInput("config.set")).toEqual({ path: "auth.admin_token", value: SECRET });
  });

  test("must be somewhere", async () => {
    await using place = withDaemon();
    expect((await place.run(["config", "set", "auth.admin_token"], { stdin: "" })).exitCode).toBe(2);
    expect(place.daemon.calls).toEqual([]);
  });

  test("is not set after Ctrl-C", async () => {
    await using place = withDaemon();
    const answers = [new Interrupted("Ctrl-C")];
    expect(await place.run(["config", "set", "auth.admin_token"], { isTerminal: true, answers })).toMatchObject({
      exitCode: 130,
    });
    expect(place.daemon.calls).toEqual([]);
  });
});

test("a secret that was typed into the line draws a hint, another value none", async () => {
  await using place = withDaemon({ "config.set": { ...CHANGED, secret: true } });
  const typed = ["config", "set", "auth.admin_token", SECRET];
  expect((await place.run(typed)).err).toStartWith("Shells keep what is typed in their history");
  expect((await place.run([...typed, "--quiet"])).err).toBe("");
});

test("without a daemon the file is changed, comments stay, and it counts from the next start on", async () => {
  using terminal = new FakeTerminal();
  terminal.write("config.yaml", "# mine\nserver:\n  port: 8000 # here\nproviders: [{ name: ollama }]\n");
  const { exitCode, out } = await terminal.run(["config", "set", "server.port", "8080"]);
  expect({ exitCode, out }).toEqual({
    exitCode: 0,
    out: `Set server.port in ${terminal.path("config.yaml")}, from the next start on\n`,
  });
  expect(terminal.read("config.yaml")).toStartWith("# mine\nserver:\n  port: 8080 # here\n");
});
