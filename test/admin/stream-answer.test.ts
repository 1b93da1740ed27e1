// A stream as server-sent events: what it says of itself, how it resumes, and how it ends.
import { describe, expect, test } from "bun:test";
import { type ApiOptions, handleApi } from "../../src/admin/api-handler.ts";
import type { LiveItem } from "../../src/admin/live-port.ts";
import type { ControlPorts, LogsPort } from "../../src/admin/ports.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { openLab } from "../daemon/instance-lab.ts";
import { VirtualTime } from "../proxy/fixtures.ts";

const HELLO: LiveItem = { event: "hello", data: { instance: "run", startedAt: 0 } };
const NEVER = new AbortController().signal;

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly ports?: Partial<ControlPorts>;
  readonly options?: Partial<ApiOptions>;
}

async function ask(target: string, { headers = {}, ports = {}, options = {} }: Asked = {}) {
  await using lab = await openLab();
  const request = new Request(`http://localhost/admin/api/${target}`, {
    headers: { accept: "text/event-stream", ...headers },
  });
  const bugs: unknown[] = [];
  const response = await handleApi(target.replace(/\?.*/, ""), request, {
    ports: { ...lab.ports, ...ports },
    isOwner: false,
    ending: NEVER,
    schedule: new VirtualTime().schedule,
    redact: String,
    onBug: (bug) => void bugs.push(bug),
    ...options,
  });
  return { response, text: await response.text(), bugs };
}

/** `ids`: what the port was asked to go on from. */
function liveOf(items: readonly LiveItem[], ids: unknown[] = []): Pick<ControlPorts, "live"> {
  return {
    live: {
      async *follow(after) {
        ids.push(after);
        yield* items;
      },
    },
  };
}

function logsOf(read: LogsPort["read"]): Pick<ControlPorts, "logs"> {
  return { logs: { read } };
}

/** The name and data of the last event. */
function lastOf(text: string): readonly unknown[] {
  const [event = "", data = ""] = text.trimEnd().split("\n\n").at(-1)?.split("\n") ?? [];
  return [event, JSON.parse(data.replace("data: ", ""))];
}

describe("a stream that is asked for as events", () => {
  test("says that nobody may keep it or hold it back", async () => {
    const { response } = await ask("live", { ports: liveOf([HELLO]) });
    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      200,
      {
        "content-type": "text/event-stream",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
      },
    ]);
  });

  test("has items of any operation as data", async () => {
    const logs = logsOf(async function* () {
      yield '{"msg":"one"}';
    });
    const { text } = await ask("daemon.log", { ports: logs });
    expect(text).toBe('retry: 1000\n\ndata: {"line":"{\\"msg\\":\\"one\\"}"}\n\n');
  });

  test("has those of live with their names and ids", async () => {
    const { text } = await ask("live", {
      ports: liveOf([HELLO, { id: "run-1", event: "changed", data: { what: "keys" } }]),
    });
    const [, hello, changed] = text.split("\n\n");
    expect(hello).toStartWith('event: hello\ndata: {"version":"0.0.0-lab",');
    expect(changed).toBe('id: run-1\nevent: changed\ndata: {"what":"keys"}');
  });

  test("goes on from what the browser has seen, which is later than the address", async () => {
    const ids: unknown[] = [];
    const ports = liveOf([], ids);
    await ask("live", { ports });
    await ask("live?after=run-1", { ports });
    await ask("live?after=run-1", { ports, headers: { "last-event-id": "run-2" } });
    await ask("live", { ports, headers: { "last-event-id": "" } });
    expect(ids).toEqual([undefined, "run-1", "run-2", ""]);
  });

  test("takes no place where the operation knows none", async () => {
    const logs = logsOf(async function* () {});
    const { response } = await ask("daemon.log", { ports: logs, headers: { "last-event-id": "run-2" } });
    expect(response.status).toBe(200);
  });

  test.each(["application/json", "*/*"])("is none with Accept: %s, nor is the answer of a call one", async (accept) => {
    const lines = await ask("live", { ports: liveOf([HELLO]), headers: { accept } });
    expect(lines.response.headers.get("content-type")).toBe("application/x-ndjson");
    expect((await ask("keys.list")).response.headers.get("content-type")).toStartWith("application/json");
  });

  test("that cannot begin is refused as ever", async () => {
    const { response, text } = await ask("live?before=x");
    expect([response.status, JSON.parse(text).error.code]).toEqual([400, "invalid_input"]);
  });
});

describe("its last event", () => {
  test("says that the daemon broke it off", async () => {
    const ending = new AbortController();
    const logs = logsOf(async function* () {
      yield "one";
      ending.abort();
    });
    const { text, bugs } = await ask("daemon.log", { ports: logs, options: { ending: ending.signal } });
    const error = { code: "stopping", message: "The daemon stops", exit_code: EXIT.unreachable };
    expect([lastOf(text), bugs]).toEqual([["event: stopping", { error }], []]);
  });

  test("says that the session has ended", async () => {
    const session = new AbortController();
    const ports = {
      live: {
        async *follow() {
          yield HELLO;
          session.abort();
        },
      },
    };
    const { text } = await ask("live", { ports, options: { rightEnded: session.signal } });
    const error = { code: "session_ended", message: expect.stringContaining("log in again"), exit_code: EXIT.failed };
    expect(lastOf(text)).toEqual(["event: session_ended", { error }]);
  });

  test("says what went wrong, and nothing of a bug", async () => {
    const failing = (error: Error) =>
      logsOf(async function* () {
        yield "one";
        throw error;
      });
    const refused = await ask("daemon.log", { ports: failing(new UserError("The disk is gone")) });
    expect(lastOf(refused.text)).toMatchObject(["event: refused", { error: { message: "The disk is gone" } }]);
    const bug = new Error("what nobody may see");
    const broken = await ask("daemon.log", { ports: failing(bug) });
    expect(lastOf(broken.text)).toMatchObject(["event: internal_error", {}]);
    expect([broken.text.includes(bug.message), broken.bugs]).toEqual([false, [bug]]);
  });
});
