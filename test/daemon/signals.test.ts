// Closing the terminal ends the daemon; a SIGHUP without that is a reload.
import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "../fixture/until.ts";

const MAIN = resolve(import.meta.dir, "../../src/main.ts");

test.skipIf(process.platform === "win32")(
  "SIGHUP reloads while the terminal is there, and stops when it is closed",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "openai-balance-terminal-"));
    let shown = "";
    const child = Bun.spawn([process.execPath, MAIN, "serve", "--demo", "--port", "0"], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", HOME: folder, TERM: "dumb" },
      terminal: {
        data: (_terminal, bytes) => {
          shown += new TextDecoder().decode(bytes);
        },
      },
    });
    try {
      await until("the first screen", () => shown.includes("Try it:"));
      child.kill("SIGHUP");
      await until("the reload", () => shown.includes("Reloaded reason=SIGHUP"));
      child.terminal?.close();
      expect(await child.exited).toBe(0);
    } finally {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true });
    }
  },
  20_000,
);
