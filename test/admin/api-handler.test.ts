// The control API over HTTP: who may ask for what, what is wrong with a question, and how failures look.
import { describe, expect, test } from "bun:test";
import { API_PREFIX, type ApiError, handleApi } from "../../src/admin/api-handler.ts";
import { OPERATIONS } from "../../src/admin/operation-table.ts";
import type { ControlPorts, LogsPort } from "../../src/admin/ports.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { schedule } from "../../src/daemon/schedule.ts";
import { type Lab, openLab } from "../daemon/instance-lab.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";

const KEYS = [fakeSecret("api-a", true), fakeSecret("api-b", true)];
const named = (name: string, key: string | undefined) => ({ name, key });
const CONFIG = {
  providers: [
    { name: "openai", api_keys: [named("a", KEYS[0]), named("b", KEYS[1])] },
    { name: "groq", api_keys: [named("g", fakeSecret("groq"))] },
  ],
};

const NEVER = new AbortController().signal;

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly isOwner?: boolean;
  readonly signal?: AbortSignal;
  readonly ending?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the handler itself, with these ports. */
class Api {
  readonly bugs: unknown[] = [];
  readonly #ports: ControlPorts;
  readonly #lab: Lab;

  constructor(lab: Lab, ports: Partial<ControlPorts> = {}) {
    this.#lab = lab;
    this.#ports = { ...lab.ports, ...ports };
  }

  ask(
    target: string,
    { method, body, isOwner = true, signal, ending = NEVER, headers = {} }: Asked = {},
  ): Promise<Response> {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const request = new Request(`http://localhost${API_PREFIX}${target}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers,
      ...(signal && { signal }),
      ...(text !== undefined && { body: text }),
    });
    return handleApi(target.replace(/\?.*/, ""), request, {
      ports: this.#ports,
      isOwner,
      ending,
      schedule,
      redact: (given) => this.#lab.instance.options.redactor.redact(given),
      onBug: (error) => void this.bugs.push(error),
    });
  }

  async failure(target: string, asked?: Asked): Promise<ApiError["error"] & { readonly status: number }> {
    const response = await this.ask(target, asked);
    const { error } = (await response.json()) as ApiError;
    return { status: response.status, ...error };
  }
}

async function open(ports?: Partial<ControlPorts>): Promise<{ api: Api; lab: Lab } & AsyncDisposable> {
  const lab = await openLab({ config: CONFIG });
  return { lab, api: new Api(lab, ports), [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

describe("handleApi answers", () => {
  test("a read by GET and by POST, with the same", async () => {
    await using opened = await open();
    const { api } = opened;
    const byGet = await api.ask("keys.list?provider=openai");
    const byPost = await api.ask("keys.list", { body: { provider: "openai" } });
    expect([byGet.status, byPost.status]).toEqual([200, 200]);
    const [got, posted] = [await byGet.text(), await byPost.text()];
    expect(got).toBe(posted);
    expect(JSON.parse(got)).toMatchObject({ total: 3, keys: [{ provider: "openai" }, { provider: "openai" }] });
  });

  test("a change by POST, also with no body at all", async () => {
    await using opened = await open();
    const response = await opened.api.ask("keys.disable", { body: { provider: "openai" } });
    expect(((await response.json()) as { keys: unknown[] }).keys).toHaveLength(2);
    const { status, message } = await opened.api.failure("keys.disable", { method: "POST" });
    expect([status, message]).toEqual([422, expect.stringContaining("Which keys?")]);
  });

  test("a stream with one item a line", async () => {
    const logs: LogsPort = {
      read: async function* () {
        yield '{"msg":"one"}';
        yield '{"msg":"two \u2028 lines"}';
      },
    };
    await using opened = await open({ logs });
    const response = await opened.api.ask("daemon.log", { body: {} });
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = (await response.text()).split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line).line)).toEqual(['{"msg":"one"}', '{"msg":"two \u2028 lines"}']);
  });
});

describe("handleApi refuses", () => {
  test.each([
    ["keys.lst", "There is no such operation: did you mean keys.list"],
    ["keys/list", "There is no such operation: did you mean keys.list"],
    ["Status", "There is no such operation: did you mean status"],
    ["status/", "There is no such operation: did you mean status"],
    ["", "There is no such operation"],
    ["toString", "There is no such operation"],
    [fakeSecret("as a name", true), "There is no such operation"],
  ])("the unknown operation %p", async (name, message) => {
    await using opened = await open();
    const expected = { status: 404, code: "unknown_operation", message, exit_code: EXIT.usage };
    expect(await opened.api.failure(name, { body: {} })).toEqual(expected);
    // Who may ask is no matter of what there is.
    expect(await opened.api.failure(name, { body: {}, isOwner: false })).toEqual(expected);
  });

  test("over HTTP what is the owner's, before it looks at anything", async () => {
    await using opened = await open();
    const owners = [...OPERATIONS.values()].filter(({ who }) => who === "owner").map(({ name }) => name);
    expect(owners.toSorted()).toEqual(["config.set", "keys.export", "master.rotate", "open"]);
    for (const name of owners) {
      for (const asked of [{ body: {} }, { body: "no JSON" }, {}]) {
        expect(await opened.api.failure(name, { ...asked, isOwner: false })).toEqual({
          status: 403,
          code: "owner_only",
          message: `${name} is possible on the daemon's own machine only`,
          exit_code: EXIT.failed,
        });
      }
    }
  });

  test("other methods than POST for a change, and than GET and POST for a read", async () => {
    await using opened = await open();
    for (const { name, kind } of OPERATIONS.values()) {
      const wrong = kind === "read" ? ["PUT", "DELETE", "HEAD", "PATCH"] : ["GET", "HEAD", "PUT", "DELETE"];
      for (const method of wrong) {
        const response = await opened.api.ask(name, { method });
        const allow = kind === "read" ? "GET, POST" : "POST";
        expect([name, method, response.status, response.headers.get("allow")]).toEqual([name, method, 405, allow]);
      }
    }
    expect(opened.lab.instance.balancer.revision.lasting).toBe(0);
  });

  test.each(["{", "[]", "null", '"text"', "7", "\u0000", "{}{}", "[".repeat(100_000), `{"a": "${KEYS[0]}`])(
    "a body that is no JSON object: %p",
    async (body) => {
      await using opened = await open();
      expect(await opened.api.failure("keys.list", { body })).toEqual({
        status: 400,
        code: "invalid_input",
        message: "The input is no JSON object",
        exit_code: EXIT.usage,
      });
    },
  );

  test.each([
    ["by what it says of itself", "{}", { "content-length": String(64 * 1024 * 1024 + 1) }],
    ["by what arrives", " ".repeat(64 * 1024 * 1024 + 1), {}],
  ])("a body that is too large, %s", async (_how, body, headers) => {
    await using opened = await open();
    const { status, code } = await opened.api.failure("keys.list", { body, headers });
    expect([status, code]).toEqual([413, "too_large"]);
  });

  test("wrong input, by the names of its fields", async () => {
    await using opened = await open();
    const wrong = { keys: [{ key: 7 }], tests: true };
    expect(await opened.api.failure("keys.add", { body: wrong })).toEqual({
      status: 400,
      code: "invalid_input",
      message: "keys[0].key: expected a string, got a number; tests: unknown field, did you mean test",
      exit_code: EXIT.usage,
    });
  });
});

describe("a query", () => {
  const echo: LogsPort = {
    read: async function* (query) {
      yield JSON.stringify(query);
    },
  };

  test.each<[string, string, object]>([
    ["has numbers and true or false as such", "daemon.log?last=5&follow=off&errors=true", { last: 5, errors: true }],
    ["is decoded", "daemon.log?model=%E2%82%AC+a%26b%3D", { model: "\u20ac a&b=" }],
    ["has a list of one", "keys.list?keys=a", { keys: ["a"] }],
    ["has a list where a parameter is repeated", "keys.list?keys=a&keys=b", { keys: ["a", "b"] }],
    [
      "has one or several",
      "keys.list?keys=a&provider=openai&provider=groq",
      { keys: ["a"], provider: ["openai", "groq"] },
    ],
    ["has a list with commas", "keys.list?keys=a,b&keys=g", { keys: ["a", "b", "g"] }],
  ])("%s", async (_what, target, input) => {
    await using opened = await open({ logs: echo });
    const byGet = await opened.api.ask(target);
    const byPost = await opened.api.ask(target.replace(/\?.*/, ""), { body: input });
    const text = await byGet.text();
    expect([byGet.status, text]).toEqual([200, await byPost.text()]);
    expect(text).toMatch(/"line":|"total":/);
  });

  test.each([
    [
      "keys.list?sort=name&sort=state",
      "sort: expected one of name, provider, state, until, in_flight, failures, used_24h, failed_24h, success, last_used, weight, priority, got a list of 2 items",
    ],
    ["daemon.log?last=many", "last: expected a number, got a string of 4 characters"],
    ["daemon.log?last=1.5", "last: expected a whole number, got a number that is not whole"],
    ["daemon.log?follow=perhaps", "follow: expected true or false, got a string of 7 characters"],
    ["status?verbose", "verbose: unknown field"],
    ["status?__proto__=a&__proto__=b", "__proto__: unknown field"],
    ["status?toString=a", "toString: unknown field"],
  ])("%s is wrong: %s", async (target, message) => {
    await using opened = await open();
    expect(await opened.api.failure(target)).toMatchObject({ status: 400, code: "invalid_input", message });
  });
});

test("no secret comes back, wherever it was put", async () => {
  await using opened = await open();
  const { api, lab } = opened;
  for (const secret of [KEYS[0] ?? "", fakeSecret("groq"), fakeSecret("unheard-of", true)]) {
    const texts = [];
    for (const { name, input } of OPERATIONS.values()) {
      const fields = Object.fromEntries([...Object.keys(input.shape), secret].map((field) => [field, { [secret]: 1 }]));
      const bodies = [fields, { [secret]: secret }, { keys: { [secret]: secret } }, `{"x": ${secret}`, `"${secret}"`];
      for (const body of bodies) texts.push(await (await api.ask(name, { body, isOwner: false })).text());
      texts.push(await (await api.ask(`${name}?${secret}=${secret}`)).text());
    }
    texts.push(await (await api.ask(secret, { body: {} })).text());
    expect(texts.map(leakIn).filter((leak) => leak !== undefined)).toEqual([]);
  }
  expect(api.bugs).toEqual([]);
  expect(lab.instance.config.providers[0]?.keys).toHaveLength(2);
});

describe("a failure", () => {
  const failing = (error: unknown): Partial<ControlPorts> => ({
    config: () => {
      throw error;
    },
  });

  test("that is the user's is 422, with its exit code and without secrets", async () => {
    const secret = KEYS[0] ?? "";
    await using opened = await open(failing(new UserError(`Cannot use ${secret}`, EXIT.unhealthy)));
    expect(await opened.api.failure("health")).toEqual({
      status: 422,
      code: "refused",
      message: "Cannot use sk-f...".concat(secret.slice(-4)),
      exit_code: EXIT.unhealthy,
    });
    expect(opened.api.bugs).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["an error", new Error("text of the exception")],
    ["a text", "a thrown text of the exception"],
    ["nothing", undefined],
  ])("that is ours is 500 without its text, and logged: %s is thrown", async (_what, bug) => {
    await using opened = await open(failing(bug));
    const response = await opened.api.ask("health");
    const text = await response.text();
    expect([response.status, JSON.parse(text).error.code]).toEqual([500, "internal_error"]);
    expect(text).not.toContain("text of the exception");
    expect(opened.api.bugs).toEqual([bug]);
  });

  test.each<[string, unknown, object, number]>([
    ["of the user", new UserError("Cannot read it", EXIT.failed), { code: "refused", message: "Cannot read it" }, 0],
    ["of ours", new Error("text of the exception"), { code: "internal_error" }, 1],
  ])("%s on the way of a stream is its last line", async (_whose, error, expected, bugs) => {
    const logs: LogsPort = {
      read: async function* () {
        yield "first";
        throw error;
      },
    };
    await using opened = await open({ logs });
    const response = await opened.api.ask("daemon.log", { body: {} });
    const lines = (await response.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ line: "first" }, { error: expected }]);
    expect(lines.join()).not.toContain("text of the exception");
    expect([response.status, opened.api.bugs.length]).toEqual([200, bugs]);
  });

  test("before the first item of a stream has a status of its own", async () => {
    await using opened = await open();
    expect(await opened.api.failure("test", { body: { provider: "grok" } })).toMatchObject({
      status: 422,
      message: "There is no provider grok: did you mean groq",
    });
  });
});

describe("a daemon that ends", () => {
  const stopping = { error: { code: "stopping", message: "The daemon stops", exit_code: EXIT.unreachable } };

  test("breaks off a stream, and says so in its last line", async () => {
    const ending = new AbortController();
    const logs: LogsPort = {
      read: async function* (_query, signal) {
        yield "first";
        ending.abort();
        if (!signal.aborted) throw new Error("It was not told");
      },
    };
    await using opened = await open({ logs });
    const response = await opened.api.ask("daemon.log", { body: { follow: true }, ending: ending.signal });
    const lines = (await response.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ line: "first" }, stopping]);
    expect(opened.api.bugs).toEqual([]);
  });

  test("breaks off a call", async () => {
    const ending = new AbortController();
    const list: ControlPorts["models"]["list"] = async (_provider, signal) => {
      ending.abort();
      signal.throwIfAborted();
      return { models: [], unavailable: [] };
    };
    await using opened = await open({ models: { list } });
    const response = await opened.api.ask("models", { ending: ending.signal });
    expect([response.status, await response.json()]).toEqual([503, stopping]);
    expect(opened.api.bugs).toEqual([]);
  });
});

test("a session that ends while the input is on its way changes nothing", async () => {
  await using opened = await open();
  const { lab } = opened;
  const session = new AbortController();
  const { readable: body, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const sending = writable.getWriter();
  const request = new Request(`http://localhost${API_PREFIX}tokens.add`, { method: "POST", body });
  const answer = handleApi("tokens.add", request, {
    ports: lab.ports,
    isOwner: false,
    ending: NEVER,
    rightEnded: session.signal,
    schedule,
    redact: (text) => text,
    onBug: () => {},
  });
  await sending.write(new TextEncoder().encode("{"));
  session.abort();
  await sending.write(new TextEncoder().encode("}"));
  await sending.close();
  expect((await answer).status).toBe(401);
  expect(lab.ports.tokens.stored()).toEqual([]);
});

describe("a caller that leaves", () => {
  const gone = new DOMException("The connection was closed.", "AbortError");

  test("aborts the operation", async () => {
    const seen: AbortSignal[] = [];
    const logs: LogsPort = {
      read: async function* (_query, signal) {
        seen.push(signal);
        yield "first";
        if (signal.aborted) return;
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      },
    };
    await using opened = await open({ logs });
    const caller = new AbortController();
    const response = await opened.api.ask("daemon.log", { body: { follow: true }, signal: caller.signal });
    const text = response.text();
    caller.abort();
    expect(await text).toBe('{"line":"first"}\n');
    expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("is no bug, while it still sends its body", async () => {
    await using opened = await open();
    const caller = new AbortController();
    const body = new ReadableStream({
      pull: (controller) => {
        caller.abort();
        controller.error(gone);
      },
    });
    const request = new Request(`http://localhost${API_PREFIX}status`, { method: "POST", body, signal: caller.signal });
    const bugs: unknown[] = [];
    const onBug = (bug: unknown) => bugs.push(bug);
    const options = { ports: opened.lab.ports, isOwner: true, redact: String, ending: NEVER, schedule, onBug };
    await handleApi("status", request, options);
    expect(bugs).toEqual([]);
  });

  test("hides no bug that comes at the same time", async () => {
    const caller = new AbortController();
    await using opened = await open({
      config: () => {
        caller.abort();
        throw new TypeError("a bug");
      },
    });
    await opened.api.ask("health", { signal: caller.signal });
    expect(opened.api.bugs).toHaveLength(1);
  });
});
