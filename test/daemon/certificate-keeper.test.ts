// Which certificate the server gets, when, and what happens where its port is taken meanwhile.
import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config, TlsConfig } from "../../src/config/config.ts";
import { createLogger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { CertificateKeeper } from "../../src/daemon/certificate-keeper.ts";
import { loadValid } from "../config/load.ts";
import { readPem } from "../fixture/raw-server.ts";

const [A, B] = [readPem("localhost.pem"), readPem("other-host.pem")];

/** Timers that the test runs by hand. */
class Timers {
  readonly #pending = new Map<object, () => void>();
  readonly now = () => this.at;
  at = 0;
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
  const keeper = new CertificateKeeper({ listening: { secure }, timing: timers, logger, onFile });
  return { keeper, timers, lines, logger };
}

describe("CertificateKeeper", () => {
  test("hands on what each configuration says", () => {
    const seen: unknown[] = [];
    const { keeper, timers } = keeperWith((tls) => void seen.push(tls?.cert));
    keeper.follow(configWith(undefined));
    keeper.follow(configWith({ cert: A, key: "k", files: [] }));
    keeper.follow(configWith({ cert: B, key: "k", files: [] }));
    expect(seen).toEqual([undefined, A, B]);
    keeper.stop();
    expect(timers.count).toBe(0);
  });

  test("tries again until the port is free, and only with the newest", async () => {
    const seen: unknown[] = [];
    let isTaken = true;
    const { keeper, timers, lines, logger } = keeperWith((tls) => {
      seen.push(tls?.cert);
      if (isTaken) throw new Error("The port is in use");
    });
    keeper.follow(configWith({ cert: A, key: "k", files: [] }));
    await timers.run();
    isTaken = false;
    keeper.follow(configWith({ cert: B, key: "k", files: [] }));
    await timers.run();
    expect(seen).toEqual([A, A, B]);
    keeper.stop();
    expect(timers.count).toBe(0);
    await logger.flush();
    expect(lines.length).toBe(2);
  });

  test("says that the certificate ends soon, and that it has ended, once a day", async () => {
    const { keeper, timers, lines, logger } = keeperWith(() => {});
    const endsAt = Date.parse(new X509Certificate(A).validTo);
    const said = async () => {
      await logger.flush();
      return lines.splice(0).map((line) => JSON.parse(line));
    };
    timers.at = endsAt - 9 * 86_400_000;
    keeper.follow(configWith({ cert: A, key: "k", files: [] }));
    expect(await said()).toEqual([]);
    timers.at += 3 * 86_400_000;
    await timers.run();
    expect(await said()).toMatchObject([{ level: "warn", days: 6, msg: "The certificate of server.tls ends soon" }]);
    timers.at += 7 * 86_400_000;
    await timers.run();
    expect(await said()).toMatchObject([{ level: "error", msg: "The certificate of server.tls has ended" }]);
    keeper.follow(configWith(undefined));
    expect(timers.count).toBe(0);
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
    keeper.follow(configWith({ cert: A, key: "", files: [first] }));
    await timers.run();
    await writeFile(first, "22");
    await writeFile(second, "22");
    await timers.run();
    expect(changes).toBe(1);
    keeper.follow(configWith({ cert: A, key: "", files: [second] }));
    await timers.run();
    await writeFile(first, "333");
    await timers.run();
    expect(changes).toBe(1);
    keeper.stop();
    expect(timers.count).toBe(0);
    await rm(folder, { recursive: true });
  });
});
