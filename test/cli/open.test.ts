// `open`: where a browser is started, and that the link is printed always.
import { describe, expect, test } from "bun:test";
import { browse, browserCommand } from "../../src/cli/browse.ts";
import { FakeDaemon } from "./fake-daemon.ts";
import { FakeTerminal, type FakeTerminalOptions } from "./fake-terminal.ts";

const url = "http://127.0.0.1:8000/admin/open?code=oab-link-fake";
const ANSWERS = { open: { url, expires_at: "2026-03-01T12:05:00.000Z" } };

async function run(args: readonly string[], options: FakeTerminalOptions = {}) {
  using terminal = new FakeTerminal();
  terminal.write("data/.keep", "");
  await using _daemon = new FakeDaemon(terminal.path("data/daemon.sock"), ANSWERS);
  const printed = await terminal.run(["open", "--data-dir", "data", ...args], options);
  return { ...printed, browsed: terminal.browsed };
}

describe("open", () => {
  test("starts a browser where that is asked for, and prints the link", async () => {
    const { out, err, browsed } = await run(["--browser"], { isTerminal: true, hasDesktop: true, columns: 200 });
    expect([out, browsed]).toEqual([`${url}\n`, [url]]);
    expect(err).toContain("The page opens in the browser.");
  });

  test("says where there is no browser that the link is for one", async () => {
    const { out, err, browsed } = await run(["--browser"], { isTerminal: true, columns: 200 });
    expect([out, browsed]).toEqual([`${url}\n`, [url]]);
    expect(err).toContain("This link logs in to the page once, within five minutes:");
  });

  test.each([
    ["unasked: its arguments show the link to others", [], { isTerminal: true, hasDesktop: true }],
    ["with --json", ["--json", "--browser"], { isTerminal: true, hasDesktop: true }],
  ])("starts none %s", async (_, args, options) => {
    const { out, browsed, exitCode } = await run(args, options);
    expect([browsed, exitCode]).toEqual([[], 0]);
    expect(out).toContain(url);
  });
});

describe("browserCommand", () => {
  test.each([
    ["darwin", {}, "open"],
    ["win32", {}, "rundll32"],
    ["linux", { DISPLAY: ":0" }, "xdg-open"],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, "xdg-open"],
    ["linux", {}, undefined],
    ["linux", { DISPLAY: "" }, undefined],
    ["linux", { DISPLAY: ":10", SSH_CONNECTION: "1.2.3.4 5 6.7.8.9 22" }, undefined],
    ["darwin", { SSH_TTY: "/dev/ttys000" }, undefined],
  ] as const)("on %s with %j is %p", (platform, env, program) => {
    const command = browserCommand(url, { platform, env });
    expect(command?.[0]).toBe(program as string);
    if (command !== undefined) expect(command.at(-1)).toBe(url);
  });

  test("a program that is not there opens nothing", async () => {
    const desktop = { platform: "linux", env: { DISPLAY: ":0" } } as const;
    const { PATH } = process.env;
    process.env.PATH = "/nonexistent";
    try {
      expect(await browse(url, desktop)).toBe(false);
    } finally {
      process.env.PATH = PATH;
    }
  });
});
