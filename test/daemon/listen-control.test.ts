// The control socket: whose it is, what it replaces, what it answers, and how it ends.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { daemonControl } from "../../src/admin/control-client.ts";
import type { ControlPorts, LogsPort } from "../../src/admin/ports.ts";
import { type ControlListening, type ControlSocket, listenControl } from "../../src/daemon/listen-control.ts";
import { schedule } from "../../src/daemon/schedule.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Lab, openLab } from "./instance-lab.ts";

let lab: Lab;
let path: string;
const opened: ControlSocket[] = [];
const bugs: unknown[] = [];

beforeEach(async () => {
  lab = await openLab({ config: { providers: [{ name: "openai", api_keys: [fakeSecret("k")] }] } });
  path = join(lab.dataFolder, "daemon.sock");
});

afterEach(async () => {
  for (const socket of opened.splice(0)) await socket.close();
  await lab[Symbol.asyncDispose]();
  bugs.length = 0;
});

function listen(at = path, ports: Partial<ControlPorts> = {}): ControlListening {
  const listening = listenControl({
    path: at,
    ports: { ...lab.ports, ...ports },
    redact: (text) => lab.instance.options.redactor.redact(text),
    ending: new AbortController().signal,
    schedule,
    onBug: (error) => void bugs.push(error),
  });
  if (listening.ok) opened.push(listening.socket);
  return listening;
}

function send(target: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://localhost${target}`, { ...init, unix: path } as RequestInit);
}

function control() {
  return daemonControl({ kind: "daemon", name: "it", send });
}

describe("listenControl", () => {
  test("opens a socket for its own user alone", () => {
    expect(listen().ok).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).isSocket()).toBe(true);
  });

  test("answers every operation, also those of the owner, without any token", async () => {
    listen();
    expect((await control().call("keys.list", {})).total).toBe(1);
    expect(await control().call("keys.export", {})).toEqual({ keys: [] });
  });

  test.each(["/", "/v1/models", "/health", "/admin/ap", "/admin"])(
    "answers %s, which is not its own, with 404",
    async (target) => {
      listen();
      const response = await send(target);
      expect([response.status, await response.text()]).toEqual([404, ""]);
    },
  );

  test("answers HTTP/1.0 without a Host", async () => {
    listen();
    const socket = connect(path);
    socket.write("GET /admin/api/keys.list?provider=openai HTTP/1.0\r\n\r\n");
    const answer = await text(socket);
    expect([answer.split("\r\n", 1)[0], answer]).toEqual(["HTTP/1.1 200 OK", expect.stringContaining('"total":1')]);
  });

  test("takes an input that is larger than what requests usually may have", async () => {
    listen();
    const keys = Array.from({ length: 30_000 }, (_, i) => ({ key: `sk-fake-${i}-${"x".repeat(100)} ` }));
    const refusal = await control()
      .call("keys.add", { keys })
      .catch((error: unknown) => error);
    expect(String(refusal)).toContain("Cannot add 30000 keys, none was added");
  });

  test("replaces what a dead daemon left behind", async () => {
    const server: Server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    // Without an unlink, as after a kill.
    server.unref();
    expect(listen().ok).toBe(true);
    expect((await control().call("keys.list", {})).total).toBe(1);
    server.close();
  });

  test("replaces a file in its place", () => {
    writeFileSync(path, "x");
    expect(listen().ok).toBe(true);
  });

  test(
    "waits for an operation, and its caller with it, for as long as it takes",
    async () => {
      // Longer than Bun lets a connection be idle by default, which is 10 s, and looks at every 4 s.
      const longMs = 15_000;
      const logs: LogsPort = {
        read: async function* () {
          await sleep(longMs);
          yield "after a long time";
        },
      };
      listen(path, { logs });
      const items = control().stream("daemon.log", { follow: true })[Symbol.asyncIterator]();
      expect(await items.next()).toMatchObject({ value: { line: "after a long time" } });
    },
    TEST_DEADLINE_MS,
  );

  test("hands a bug to the log, not to the caller", async () => {
    const config = () => {
      throw new TypeError("the text of a bug");
    };
    listen(path, { config });
    await expect(control().call("health", {})).rejects.toThrow(
      /^Internal error of openai-balance; the daemon's log has it$/,
    );
    expect(bugs.map(String)).toEqual(["TypeError: the text of a bug"]);
  });
});

describe("listenControl tells why there is no socket, where", () => {
  test("the path is too long", () => {
    const listening = listen(join(lab.dataFolder, "x".repeat(120)));
    expect(listening).toEqual({
      ok: false,
      fault: "its path is too long for a socket; choose a shorter --data-dir",
    });
  });

  test("a folder stands in its place", () => {
    mkdirSync(join(path, "x"), { recursive: true });
    expect(listen()).toEqual({ ok: false, fault: "it is a folder" });
    expect(readdirSync(path)).toEqual(["x"]);
  });

  test("its folder is gone", () => {
    expect(listen(join(lab.dataFolder, "gone", "daemon.sock"))).toEqual({ ok: false, fault: "it does not exist" });
  });
});

describe("close", () => {
  test("takes the socket away", async () => {
    listen();
    await opened.pop()?.close();
    expect(existsSync(path)).toBe(false);
    await expect(control().call("keys.list", {})).rejects.toThrow("Cannot reach it: nothing listens there");
  });

  test("ends streams that run, here and at their reader", async () => {
    const signals: AbortSignal[] = [];
    const logs: LogsPort = {
      read: async function* (_query, signal) {
        signals.push(signal);
        yield "first";
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      },
    };
    listen(path, { logs });
    const items = control().stream("daemon.log", { follow: true })[Symbol.asyncIterator]();
    expect(await items.next()).toMatchObject({ value: { line: "first" } });
    await opened.pop()?.close();
    await expect(items.next()).rejects.toThrow("it broke off its answer");
    await until("the end of the operation", () => signals[0]?.aborted);
  });
});
