// The operator's chats go the way of all requests: order, failover, pins, errors, cancelling, records.
import { describe, expect, test } from "bun:test";
import type { ChatPart, ChatQuestion } from "../../src/admin/chat-port.ts";
import { maskSecret } from "../../src/core/redaction.ts";
import { keyId } from "../admin/every-state.ts";
import { errorJson, events, fixed, overloaded, serverError, silent, unauthorized } from "../fixture/behaviours.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { type Call, startUpstream, type Upstream } from "../fixture/upstream.ts";
import { type Lab, openLab, providerAt } from "./instance-lab.ts";

interface Opened extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
  ask(question?: Partial<ChatQuestion>, signal?: AbortSignal): AsyncIterable<ChatPart>;
}

const named = (name: string, priority = 0) => ({ name, key: fakeSecret(name), priority });
const BODY = { model: "gpt-4o-mini", messages: [{ role: "user", content: "hi" }], stream: true };

async function open(fields: object = {}): Promise<Opened> {
  const upstream = startUpstream({ otherwise: openai });
  const { url } = upstream;
  const config = {
    // Nobody enters by these.
    auth: { client_tokens: [fakeSecret("client")] },
    providers: [
      providerAt(url, "main", [named("first"), named("second", 1)]),
      providerAt(url, "other", [named("third")]),
    ],
    models: { fast: ["main/gpt-4o-mini", "other/gpt-4o"] },
    ...fields,
  };
  const lab = await openLab({ config });
  return {
    lab,
    upstream,
    ask: (question, signal = new AbortController().signal) =>
      lab.ports.chat.ask({ body: BODY, provider: undefined, pin: undefined, ...question }, signal),
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

interface Told {
  readonly status: number;
  readonly text: string;
  readonly record: Extract<ChatPart, { kind: "end" }>["record"];
}

/** What all parts come to; they are in their order. */
async function told(parts: AsyncIterable<ChatPart>): Promise<Told> {
  const all = await Array.fromAsync(parts);
  const [head] = all;
  const end = all.at(-1);
  if (head?.kind !== "head" || end?.kind !== "end") throw new Error(`Not in order: ${all.map(({ kind }) => kind)}`);
  const texts = all.slice(1, -1).map((part) => (part.kind === "data" ? part.text : `<${part.kind}>`));
  expect(texts).not.toContain("");
  expect(head.requestId).toBe(end.record.id);
  return { status: head.status, text: texts.join(""), record: end.record };
}

const pinOf = (lab: Lab, provider: string, name: string) => ({ provider, keyId: keyId(lab, name) });

describe("a chat of the operator", () => {
  test("is answered piece by piece, as the provider sends it", async () => {
    await using opened = await open();
    const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const [first = "", second = "", ...rest] = chatEvents(["one", "two"]);
    opened.upstream.otherwise(() =>
      events(
        (async function* () {
          yield first + second;
          await steps[0].promise;
          yield rest.slice(0, 1).join("");
          await steps[1].promise;
          yield rest.slice(1).join("");
        })(),
      ),
    );
    const parts = opened.ask()[Symbol.asyncIterator]();
    const next = async () => (await parts.next()).value as ChatPart | undefined;
    expect(await next()).toMatchObject({ kind: "head", status: 200, requestId: expect.stringMatching(/^req_/) });
    expect(await next()).toEqual({ kind: "data", text: first + second });
    steps[0].resolve();
    expect(await next()).toEqual({ kind: "data", text: rest[0] ?? "" });
    steps[1].resolve();
    expect(await next()).toEqual({ kind: "data", text: rest.slice(1).join("") });
    expect(await next()).toMatchObject({ kind: "end", record: { end: "ok", isStream: true } });
    expect(await next()).toBeUndefined();
  });

  test("needs no client token, and goes by the names of models", async () => {
    await using opened = await open();
    const { status, record } = await told(opened.ask({ body: { ...BODY, model: "fast" } }));
    expect([status, record.client, record.model, record.upstreamModel]).toEqual([
      200,
      "(admin)",
      "fast",
      "gpt-4o-mini",
    ]);
    expect(opened.upstream.calls.map(({ path }) => path)).toEqual(["/v1/chat/completions"]);
  });

  test("goes on with the next key, and tells the trail", async () => {
    await using opened = await open();
    opened.upstream.byKey(fakeSecret("first"), unauthorized);
    const { status, record } = await told(opened.ask());
    expect(status).toBe(200);
    expect(record.tries.map(({ number, keyName, outcome, status: met }) => [number, keyName, outcome, met])).toEqual([
      [1, "first", "invalid_key", 401],
      [2, "second", "ok", 200],
    ]);
    expect(record.tries[0]?.text).toContain("Incorrect API key provided");
    expect(opened.lab.instance.balancer.reportKey(pinOf(opened.lab, "main", "first"), opened.lab.now)?.state).toBe(
      "invalid",
    );
  });

  test("tells the attempt also where the first one served", async () => {
    await using opened = await open();
    const { record } = await told(opened.ask());
    expect(record.tries).toMatchObject([{ number: 1, keyName: "first", outcome: "ok" }]);
  });

  test("goes to the provider that is named", async () => {
    await using opened = await open();
    const { record } = await told(opened.ask({ provider: "other" }));
    expect([record.provider, record.keyName]).toEqual(["other", "third"]);
    const { status, text } = await told(opened.ask({ provider: "nobody" }));
    expect([status, JSON.parse(text).error.code]).toEqual([404, "provider_not_found"]);
  });

  test("goes to the pinned key alone", async () => {
    await using opened = await open();
    const pin = pinOf(opened.lab, "main", "second");
    const { record } = await told(opened.ask({ pin }));
    expect(record.keyName).toBe("second");
    opened.upstream.byKey(fakeSecret("second"), unauthorized);
    const failed = await told(opened.ask({ pin }));
    expect(failed.record.tries.map(({ keyName }) => keyName)).toEqual(["second"]);
    expect(failed.status).toBeGreaterThanOrEqual(400);
    const after = await told(opened.ask({ pin }));
    expect([after.status, after.record.attempts]).toEqual([503, 0]);
  });

  test("asks a pinned key by what a name under models says of its provider", async () => {
    await using opened = await open();
    const body = { ...BODY, model: "fast" };
    const { record } = await told(opened.ask({ body, pin: pinOf(opened.lab, "other", "third") }));
    expect([record.keyName, record.upstreamModel]).toEqual(["third", "gpt-4o"]);
    const elsewhere = await told(
      opened.ask({ body: { ...BODY, model: "main/x" }, pin: pinOf(opened.lab, "other", "third") }),
    );
    expect(elsewhere.record.keyName).toBe("third");
  });

  test("is told where no key may serve", async () => {
    await using opened = await open();
    const { lab } = opened;
    for (const name of ["first", "second"])
      lab.instance.balancer.setDisabled([pinOf(lab, "main", name)], true, lab.now);
    const { status, text, record } = await told(opened.ask({ provider: "main" }));
    expect([status, JSON.parse(text).error.code, record.errorCode]).toEqual([503, "no_usable_key", "no_usable_key"]);
    expect([record.end, record.attempts, record.tries]).toEqual(["error", 0, []]);
    expect(opened.upstream.calls).toEqual([]);
  });

  test("waits for a key as others do", async () => {
    const keys = [{ ...named("only"), limits: { concurrency: 1 } }];
    await using upstream = startUpstream({ otherwise: openai });
    await using opened = await open({ providers: [providerAt(upstream.url, "main", keys)], models: {} });
    const isFree = Promise.withResolvers<void>();
    upstream.otherwise(async (call) => {
      await isFree.promise;
      return openai(call);
    });
    const first = told(opened.ask());
    await until("the first is under way", () => upstream.calls.length === 1);
    const second = told(opened.ask());
    await until("the second waits", () => opened.lab.instance.handler.queue.length === 1);
    isFree.resolve();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(upstream.mostOpen(fakeSecret("only"))).toBe(1);
  });
});

describe("a provider that says what it was sent", () => {
  const said = (key: string | undefined) => `You are ${key}, not sk-made-up-by-a-model.`;

  test("shows no key in an answer as a whole, but what a model made up", async () => {
    await using opened = await open();
    opened.upstream.otherwise(({ key }) => Response.json({ choices: [{ message: { content: said(key) } }] }));
    const { status, text } = await told(opened.ask({ body: { ...BODY, stream: false } }));
    expect([status, JSON.parse(text).choices[0].message.content]).toEqual([200, said(maskSecret(fakeSecret("first")))]);
  });

  test("shows no key in a stream", async () => {
    await using opened = await open();
    opened.upstream.otherwise(({ key }) => events(chatEvents([said(key), "!"])));
    const { text } = await told(opened.ask());
    expect(leakIn(text)).toBeUndefined();
    expect(text).toContain(said(maskSecret(fakeSecret("first"))));
  });
});

describe("what goes wrong is an answer", () => {
  test("a provider's refusal as it came, but for secrets", async () => {
    await using opened = await open();
    const message = `Not for ${fakeSecret("third")} and <script>alert(1)</script>`;
    opened.upstream.otherwise(() => errorJson(400, "bad_request", message));
    const { status, text, record } = await told(opened.ask());
    expect(status).toBe(400);
    expect(JSON.parse(text).error.message).toStartWith("Not for fake...");
    expect(JSON.parse(text).error.message).toEndWith("<script>alert(1)</script>");
    expect(leakIn(JSON.stringify(record))).toBeUndefined();
    expect(record.tries).toMatchObject([{ outcome: "client_error", status: 400 }]);
  });

  test("the last one, where every key fails", async () => {
    await using opened = await open();
    opened.upstream.otherwise(overloaded);
    const { status, record } = await told(opened.ask());
    expect(status).toBe(503);
    expect(record.attempts).toBeGreaterThan(1);
    expect(record.isFailure).toBe(true);
  });

  test("of a long error no more than its begin", async () => {
    await using opened = await open();
    opened.upstream.otherwise(fixed(400, "word ".repeat(1_000_000)));
    const { status, text } = await told(opened.ask());
    expect(status).toBe(400);
    expect(text.length).toBeLessThanOrEqual(64 * 1024);
    expect(text.length).toBeGreaterThan(60 * 1024);
  });

  test("a request that is too large for this daemon", async () => {
    await using opened = await open({ server: { max_body: "1KiB" } });
    const messages = [{ role: "user", content: "x".repeat(2_000) }];
    const { status, record } = await told(opened.ask({ body: { ...BODY, messages } }));
    expect([status, record.errorCode]).toEqual([413, "request_too_large"]);
  });

  test("a stream that breaks off: what came of it, and an error at its end", async () => {
    await using opened = await open();
    opened.upstream.otherwise(() => events(chatEvents(["one"]).slice(0, 2)));
    const { status, text, record } = await told(opened.ask());
    expect(status).toBe(200);
    expect(text).toStartWith(chatEvents(["one"]).slice(0, 2).join(""));
    expect(text).toContain('"error"');
    expect(record.end).toBe("interrupted");
  });

  test("a daemon that stops", async () => {
    await using opened = await open();
    void opened.lab.instance.handler.drain();
    const { status, record } = await told(opened.ask());
    expect([status, record.errorCode]).toEqual([503, "shutting_down"]);
  });
});

describe("whoever leaves cancels the upstream call", () => {
  const lasting = (call: Call) =>
    events(
      (async function* () {
        yield chatEvents(["one"]).slice(0, 2).join("");
        await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
      })(),
    );

  test("before its answer begins", async () => {
    await using opened = await open();
    opened.upstream.otherwise(silent);
    const left = new AbortController();
    const parts = Array.fromAsync(opened.ask({}, left.signal));
    const call = await until("the call comes", () => opened.upstream.calls[0]);
    left.abort();
    await until("the provider hears of it", () => call.signal.aborted);
    expect(await parts).toEqual([]);
    expect(opened.lab.instance.handler.inFlight).toBe(0);
  });

  test.each(["by its signal", "by reading no more"])("in the middle of it, %s", async (how) => {
    await using opened = await open();
    opened.upstream.otherwise(lasting);
    const left = new AbortController();
    const seen: string[] = [];
    for await (const { kind } of opened.ask({}, left.signal)) {
      seen.push(kind);
      if (kind !== "data") continue;
      if (how === "by reading no more") break;
      left.abort();
    }
    expect(seen).toEqual(["head", "data"]);
    await until("the provider hears of it", () => opened.upstream.calls[0]?.signal.aborted);
    await until("nothing is in flight", () => opened.lab.instance.handler.inFlight === 0);
    const { balancer } = opened.lab.instance;
    expect(balancer.reportKey(pinOf(opened.lab, "main", "first"), opened.lab.now)).toMatchObject({
      state: "ready",
      inFlight: 0,
    });
  });
});

describe("large answers", () => {
  const PIECE = 256 * 1024;
  const COUNT = 160;
  const END = "data: [DONE]\n\n";

  test("come in pieces of a bounded size, and only as fast as they are read", async () => {
    await using opened = await open();
    let sent = 0;
    const event = `data: ${JSON.stringify({ choices: [{ delta: { content: "x".repeat(PIECE) } }] })}\n\n`;
    opened.upstream.otherwise(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              sent += 1;
              controller.enqueue(new TextEncoder().encode(sent < COUNT ? event : END));
              if (sent === COUNT) controller.close();
            },
          }),
          { headers: { "content-type": "text/event-stream" } },
        ),
    );
    let length = 0;
    let longest = 0;
    for await (const part of opened.ask()) {
      if (part.kind !== "data") continue;
      if (length === 0) {
        // What the sockets hold is the system's; the rest waits.
        let before = 0;
        await until("the provider is paused", () => {
          const isSame = sent === before;
          before = sent;
          return isSame;
        });
        expect(sent).toBeLessThan(COUNT);
      }
      length += part.text.length;
      longest = Math.max(longest, part.text.length);
    }
    expect(length).toBe((COUNT - 1) * event.length + END.length);
    expect(longest).toBeLessThanOrEqual(64 * 1024);
  });

  test("come whole where they are no stream, characters of several bytes at every cut included", async () => {
    await using opened = await open();
    const content = "a\u{1F600}\u00e9".repeat(500_000);
    const body = JSON.stringify({ id: "x", choices: [{ index: 0, message: { role: "assistant", content } }] });
    opened.upstream.otherwise(fixed(200, body));
    const { text } = await told(opened.ask({ body: { ...BODY, stream: false } }));
    expect(text === body).toBe(true);
  });
});

describe("the record", () => {
  test("is that of the database, but for its place, and counts as the page's", async () => {
    await using opened = await open({ usage: { prices: [{ models: ["*"], input: 1, output: 2 }] } });
    const { lab } = opened;
    opened.upstream.byKey(fakeSecret("first"), serverError);
    const { record } = await told(opened.ask({ body: { ...BODY, stream: false } }));
    const { observers } = lab.instance;
    await observers.catchUp();
    await observers.records.settle();
    const { signal } = new AbortController();
    const { seq, body, ...kept } = (await lab.ports.records.detail({ id: record.id }, signal)) ?? {};
    expect(seq).toBeGreaterThan(0);
    expect(body).toBeUndefined();
    expect(kept as object).toEqual(record);
    expect(record).toMatchObject({ client: "(admin)", promptTokens: 9, completionTokens: 4, costNanos: 17_000 });
    const { records } = await lab.ports.records.list(
      { token: "(admin)", sort: "time", order: "desc", limit: 9 },
      signal,
    );
    expect(records.map(({ id }) => id)).toEqual([record.id]);
  });

  test("is told where requests are not recorded", async () => {
    await using opened = await open({ requests: { enabled: false } });
    const { record } = await told(opened.ask());
    expect(record).toMatchObject({ client: "(admin)", status: 200, attempts: 1 });
  });
});
