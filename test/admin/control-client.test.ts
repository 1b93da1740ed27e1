// The client of the control API: against a real daemon's socket and HTTP, and against whatever else may answer.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { API_PREFIX, handleApi } from "../../src/admin/api-handler.ts";
import { type Control, daemonControl, type Line } from "../../src/admin/control-client.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { type ControlListening, listenControl } from "../../src/daemon/listen-control.ts";
import { schedule } from "../../src/daemon/schedule.ts";
import { type Lab, openLab } from "../daemon/instance-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";

const CONFIG = { providers: [{ name: "openai", api_keys: [{ name: "a \u{1F600} b", key: fakeSecret("client") }] }] };

function lineTo(init: { readonly unix?: string; readonly url?: string }): Line {
  const { unix, url = "http://localhost" } = init;
  return {
    kind: unix === undefined ? "remote" : "daemon",
    name: "the daemon",
    send: (path, request) => fetch(url + path, { ...request, ...(unix && { unix }), redirect: "error" } as RequestInit),
  };
}

/** A line on which always the same is answered. */
function answering(make: () => Response | Promise<Response>): Control {
  return daemonControl({ kind: "remote", name: "https://there", send: async () => make() });
}

async function faultOf(promise: Promise<unknown>): Promise<{ readonly message: string; readonly exitCode: number }> {
  const error = await promise.then(
    () => new Error("It did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw error;
  return { message: error.message, exitCode: error.exitCode };
}

async function linesOf(control: Control, signal?: AbortSignal): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { line } of control.stream("daemon.log", {}, signal)) lines.push(line);
  return lines;
}

/** A body in these pieces; then its end, or that error. */
function inPieces(pieces: Iterable<Uint8Array>, error?: Error): Response {
  const rest = pieces[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const { value, done } = rest.next();
      if (done !== true) controller.enqueue(value);
      else if (error === undefined) controller.close();
      else controller.error(error);
    },
  });
  return new Response(body);
}

describe("daemonControl over a real line", () => {
  let lab: Lab;
  let socket: ControlListening;
  let server: Bun.Server<unknown>;
  let unix: string;
  /** Signals of `logs` that runs. */
  const signals: AbortSignal[] = [];

  beforeAll(async () => {
    lab = await openLab({ config: CONFIG });
    const logs = {
      read: async function* (_query: unknown, signal: AbortSignal) {
        signals.push(signal);
        for (let i = 0; !signal.aborted; i++) {
          yield `line ${i}`;
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    };
    unix = join(lab.dataFolder, "daemon.sock");
    const ending = new AbortController().signal;
    const options = { ports: { ...lab.ports, logs }, redact: String, ending, schedule, onBug: () => {} };
    socket = listenControl({ path: unix, ...options });
    server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) =>
        handleApi(new URL(request.url).pathname.slice(API_PREFIX.length), request, { ...options, isOwner: false }),
    });
  });

  afterAll(async () => {
    if (socket.ok) await socket.socket.close();
    await server.stop(true);
    await lab[Symbol.asyncDispose]();
  });

  const lines = [
    ["a unix socket", () => daemonControl(lineTo({ unix }))],
    ["HTTP", () => daemonControl(lineTo({ url: `http://127.0.0.1:${server.port}` }))],
  ] as const;

  test.each([...lines])("calls over %s", async (_name, control) => {
    const { keys, total } = await control().call("keys.list", { search: "\u{1F600}" });
    expect([keys[0]?.name, total]).toEqual(["a \u{1F600} b", 1]);
  });

  test.each([...lines])("hands failures on over %s, with their exit codes", async (_name, control) => {
    expect(await faultOf(control().call("keys.list", { provider: "opnai" }))).toEqual({
      message: "There is no provider opnai: did you mean openai",
      exitCode: EXIT.usage,
    });
    const wrong = control().call("keys.list", { provider: 7 } as never);
    expect(await faultOf(wrong)).toEqual({
      message: "provider: expected a string, or a list of these, got a number",
      exitCode: EXIT.usage,
    });
    const items = control().stream("test", { provider: "opnai" })[Symbol.asyncIterator]();
    expect((await faultOf(items.next())).message).toContain("did you mean openai");
  });

  test("may do over the socket what it may not over HTTP", async () => {
    const [overSocket, overHttp] = lines.map(([, control]) => control());
    expect(await overSocket?.call("keys.export", {})).toEqual({ keys: [] });
    expect(await faultOf(overHttp?.call("keys.export", {}) ?? Promise.resolve())).toEqual({
      message: "keys.export is possible on the daemon's own machine only",
      exitCode: EXIT.failed,
    });
  });

  test.each([...lines])("a stream over %s that is left ends at the daemon", async (_name, control) => {
    signals.length = 0;
    const seen: string[] = [];
    for await (const { line } of control().stream("daemon.log", { follow: true })) {
      seen.push(line);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(["line 0", "line 1", "line 2"]);
    await until("the end of the stream", () => signals[0]?.aborted);
  });

  test.each([...lines])("a stream over %s that is aborted ends here and at the daemon", async (_name, control) => {
    signals.length = 0;
    const stop = new AbortController();
    const items = control().stream("daemon.log", { follow: true }, stop.signal)[Symbol.asyncIterator]();
    await items.next();
    stop.abort();
    const drained = (async () => {
      while (!(await items.next()).done);
    })();
    // Whoever aborts gets the reason, not a message for a person.
    expect(await drained.then(String, (error: Error) => error.name)).toBe("AbortError");
    await until("the end of the stream", () => signals[0]?.aborted);
  });
});

describe("a daemon that cannot be reached is told with its own exit code", () => {
  test.each<[string, Parameters<typeof lineTo>[0], string]>([
    ["no socket", { unix: "/nonexistent/daemon.sock" }, "nothing listens there"],
    ["a socket whose path is too long", { unix: `/tmp/${"x".repeat(200)}` }, "ENAMETOOLONG"],
    ["a port without a listener", { url: "http://127.0.0.1:1" }, "nothing listens there"],
  ])("%s", async (_name, line, reason) => {
    const control = daemonControl(lineTo(line));
    const expected = { message: `Cannot reach the daemon: ${reason}`, exitCode: EXIT.unreachable };
    expect(await faultOf(control.call("status", {}))).toEqual(expected);
    expect(await faultOf(linesOf(control))).toEqual(expected);
  });

  test("a redirect, which would take the token elsewhere", async () => {
    await using server = Bun.serve({ port: 0, fetch: () => Response.redirect("http://127.0.0.1:1/") });
    const control = daemonControl(lineTo({ url: server.url.origin }));
    expect(await faultOf(control.call("status", {}))).toEqual({
      message: "Cannot reach the daemon: it redirects, which is not followed",
      exitCode: EXIT.unreachable,
    });
  });

  test.each([
    ["ENOTFOUND", "there is no host of this name"],
    ["EACCES", "permission denied"],
    ["CERT_HAS_EXPIRED", "CERT_HAS_EXPIRED"],
    [undefined, "no answer"],
  ])("a failure with the code %p", async (code, reason) => {
    const send = () => Promise.reject(Object.assign(new Error("odd"), { code }));
    const control = daemonControl({ kind: "daemon", name: "it", send });
    expect((await faultOf(control.call("status", {}))).message).toBe(`Cannot reach it: ${reason}`);
  });

  test("but an abort stays one", async () => {
    const aborted = AbortSignal.abort();
    const control = daemonControl(lineTo({ unix: "/nonexistent/daemon.sock" }));
    const error = await control.call("status", {}, aborted).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DOMException);
  });
});

describe("an answer that is not ours", () => {
  const NOT_OURS = "https://there answered, but not as this version of openai-balance does";

  test.each<[string, () => Response]>([
    ["a page", () => new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } })],
    ["nothing", () => new Response(null, { status: 204 })],
    ["a list", () => Response.json([])],
    ["null", () => Response.json(null)],
    ["a text", () => Response.json("ok")],
    ["other fields", () => Response.json({ ok: true })],
    ["fields of other kinds", () => Response.json({ keys: "none", total: 0 })],
    ["an error without an exit code", () => Response.json({ error: { message: "no" } })],
    ["an error that would be a success", () => Response.json({ error: { message: "no", exit_code: 0 } })],
  ])("with success: %s", async (_what, make) => {
    const expected = { message: NOT_OURS, exitCode: EXIT.unreachable };
    expect(await faultOf(answering(make).call("keys.list", {}))).toEqual(expected);
  });

  test.each<[string, string]>([
    ["a page", "<html>\n</html>\n"],
    ["a number", "1\n"],
    ["null", "null\n"],
    ["an item of another kind", '{"text": "x"}\n'],
    ["an empty line", '\n{"line": "x"}\n'],
    ["a line that was cut", '{"line": "x'],
  ])("in a stream: %s", async (_what, text) => {
    const expected = { message: NOT_OURS, exitCode: EXIT.unreachable };
    expect(await faultOf(linesOf(answering(() => new Response(text))))).toEqual(expected);
  });

  test.each<[number, string, string, number]>([
    [401, '{"error":{"message":"Incorrect client token","code":"invalid_api_key"}}', "refuses the admin token", 1],
    [401, "Unauthorized", "answered with status 401, not as an openai-balance does", 3],
    [401, "null", "answered with status 401, not as an openai-balance does", 3],
    [401, '{"error":"unauthorized"}', "answered with status 401, not as an openai-balance does", 3],
    [404, '{"error":{"message":"No such path"}}', "answered with status 404, not as an openai-balance does", 3],
    [502, "<html>Bad gateway</html>", "answered with status 502, not as an openai-balance does", 3],
    [500, "", "answered with status 500, not as an openai-balance does", 3],
    [422, '{"error":{"message":7,"exit_code":1}}', "answered with status 422, not as an openai-balance does", 3],
    [422, '{"error":{"message":"x","exit_code":0}}', "answered with status 422, not as an openai-balance does", 3],
  ])("status %d with %j", async (status, text, message, exitCode) => {
    const control = answering(() => new Response(text, { status }));
    const expected = { message: `https://there ${message}`, exitCode };
    expect(await faultOf(control.call("status", {}))).toEqual(expected);
    expect(await faultOf(linesOf(control))).toEqual(expected);
  });

  test("is handed on with what a newer version says besides", async () => {
    const control = answering(() => Response.json({ keys: [], since_version_9: true }));
    expect(await control.call("keys.export", {})).toHaveProperty("since_version_9", true);
  });
});

describe("an answer that breaks off", () => {
  const encoder = new TextEncoder();
  const broken = () => inPieces([encoder.encode('{"line":"one"}\n{"li')], new Error("socket closed"));
  const expected = { message: "https://there broke off its answer", exitCode: EXIT.unreachable };

  test("is told, after the items that came", async () => {
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { line } of answering(broken).stream("daemon.log", {})) seen.push(line);
    })();
    expect(await faultOf(reading)).toEqual(expected);
    expect(seen).toEqual(["one"]);
    expect(await faultOf(answering(broken).call("status", {}))).toEqual(expected);
  });

  test("on a real connection too", async () => {
    await using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket) => {
          socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n");
          socket.end('{"line":"one"}\n\r\n5\r\n{"li');
        },
      },
    });
    const control = daemonControl(lineTo({ url: `http://127.0.0.1:${server.port}` }));
    expect(await faultOf(linesOf(control))).toMatchObject({ message: "the daemon broke off its answer" });
  });

  test("because it was aborted stays an abort", async () => {
    const stop = new AbortController();
    const items = answering(broken).stream("daemon.log", {}, stop.signal)[Symbol.asyncIterator]();
    await items.next();
    stop.abort();
    expect(String(await items.next().catch((error: unknown) => error))).toBe("Error: socket closed");
  });
});

test("a stream is read as it was written, wherever its bytes are divided", async () => {
  const line = fc.string({ unit: "binary", maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 6 }),
      fc.infiniteStream(fc.nat(5)),
      fc.boolean(),
      async (lines, cuts, isEnded) => {
        const text = lines.map((item) => JSON.stringify({ line: item })).join("\n");
        const bytes = new TextEncoder().encode(text === "" || !isEnded ? text : `${text}\n`);
        const pieces = function* () {
          for (let at = 0; at < bytes.length; ) {
            const size = cuts.next().value as number;
            yield bytes.slice(at, at + size);
            at += size;
          }
        };
        expect(await linesOf(answering(() => inPieces(pieces())))).toEqual(lines);
      },
    ),
  );
});

test("an error in the place of an item ends a stream", async () => {
  const failure = { error: { code: "refused", message: "Cannot read it", exit_code: EXIT.failed } };
  const text = `{"line":"one"}\n${JSON.stringify(failure)}\n`;
  const items = answering(() => new Response(text))
    .stream("daemon.log", {})
    [Symbol.asyncIterator]();
  expect(await items.next()).toEqual({ done: false, value: { line: "one" } });
  const expected = { message: "Cannot read it", exitCode: EXIT.failed };
  expect(await faultOf(items.next() as Promise<unknown>)).toEqual(expected);
});

describe("localControl", () => {
  test("does the same in this process", async () => {
    await using lab = await openLab({ config: CONFIG });
    expect((await lab.control.call("keys.list", {})).total).toBe(1);
    expect(lab.control.kind).toBe("offline");
  });

  test("tells wrong input as a daemon would, not as a bug", async () => {
    await using lab = await openLab({ config: CONFIG });
    const wrong = { keys: [{ key: "" }] };
    expect(await faultOf(lab.control.call("keys.add", wrong))).toEqual({
      message: "keys[0].key: expected at least 1 character, got an empty string",
      exitCode: EXIT.usage,
    });
    const items = lab.control.stream("test", { concurrency: 0 })[Symbol.asyncIterator]();
    expect((await faultOf(items.next())).message).toBe("concurrency: expected at least 1, got a smaller one");
  });
});
