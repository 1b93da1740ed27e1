// Which certificate the server gets, when, and what happens where its port is taken meanwhile.
import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config, TlsConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { CertificateKeeper } from "../../src/daemon/certificate-keeper.ts";
import { loadValid } from "../config/load.ts";

/** Timers that the test runs by hand. */
class Timers {
  readonly #pending = new Map<object, () => void>();
  readonly schedule = (_delayMs: number, run: () => void) => {
    const id = {};
    this.#pending.set(id, run);
    return () => void this.#pending.delete(id);
  };

  get count(): number {
    return this.#pending.size;
  }

  async run(): Promise<void> {
    for (const [id, run] of [...this.#pending]) {
      this.#pending.delete(id);
      run();
    }
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function configWith(tls: TlsConfig | undefined): Config {
  const { config } = loadValid({ yaml: "" });
  return { ...config, server: { ...config.server, tls } };
}

function keeperWith(secure: (tls: TlsConfig | undefined) => void, onFile = () => {}) {
  const timers = new Timers();
  const lines: string[] = [];
  const logger = createLogger({
    level: "info",
    format: "json",
    redactor: new Redactor(),
    write: (line) => void lines.push(line),
  });
  const keeper = new CertificateKeeper({ listening: { secure }, schedule: timers.schedule, logger, onFile });
  return { keeper, timers, lines, logger };
}

describe("CertificateKeeper", () => {
  test("hands on what each configuration says", () => {
    const seen: unknown[] = [];
    const { keeper, timers } = keeperWith((tls) => void seen.push(tls?.cert));
    keeper.follow(configWith(undefined));
    keeper.follow(configWith({ cert: "a", key: "k", files: [] }));
    keeper.follow(configWith({ cert: "b", key: "k", files: [] }));
    expect(seen).toEqual([undefined, "a", "b"]);
    expect(timers.count).toBe(0);
  });

  test("tries again until the port is free, and only with the newest", async () => {
    const seen: unknown[] = [];
    let isTaken = true;
    const { keeper, timers, lines, logger } = keeperWith((tls) => {
      seen.push(tls?.cert);
      if (isTaken) throw new Error("The port is in use");
    });
    keeper.follow(configWith({ cert: "a", key: "k", files: [] }));
    await timers.run();
    keeper.follow(configWith({ cert: "b", key: "k", files: [] }));
    isTaken = false;
    await timers.run();
    expect(seen).toEqual(["a", "a", "b", "b"]);
    expect(timers.count).toBe(0);
    await logger.flush();
    expect(lines.length).toBe(3);
  });

  test("sees that a file was replaced, of those that the configuration names", async () => {
    const folder = await mkdtemp(join(tmpdir(), "certificate-keeper-"));
    const [first, second] = [join(folder, "first.pem"), join(folder, "second.pem")];
    let changes = 0;
    const { keeper, timers } = keeperWith(
      () => {},
      () => {
        changes += 1;
      },
    );
    await writeFile(first, "1");
    await writeFile(second, "1");
    keeper.follow(configWith({ cert: "", key: "", files: [first] }));
    await timers.run();
    await writeFile(first, "22");
    await writeFile(second, "22");
    await timers.run();
    expect(changes).toBe(1);
    keeper.follow(configWith({ cert: "", key: "", files: [second] }));
    await timers.run();
    await writeFile(first, "333");
    await timers.run();
    expect(changes).toBe(1);
    keeper.stop();
    expect(timers.count).toBe(0);
    await rm(folder, { recursive: true });
  });
});
