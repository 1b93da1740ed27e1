// What `explain` says is what a request then meets: every operation, every routing rule, health in any state.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ExplainQuestion } from "../../src/admin/explain-port.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { explainRequest } from "../../src/daemon/explain-request.ts";
import { OPERATION_ROWS } from "../../src/proxy/paths/operation-table.ts";
import { MINUTE, verdictOf } from "../balancer/fixtures.ts";
import { answers, OK, provider, World } from "../proxy/fixtures.ts";

/** What is told is what a request meets at once. */
const NO_WAIT = { max_wait: "0s" };

const listed = (...ids: readonly string[]) =>
  new TextEncoder().encode(JSON.stringify({ data: ids.map((id) => ({ id, object: "model" })) }));

const key = (name: string, fields: object = {}) => ({ name, key: `sk-fake-${name}`, ...fields });

/** Five providers, aliases with tiers, patterns, priorities, a stateful key, and three native dialects. */
function open(): World {
  const world = new World({
    providers: [
      provider("p", 1, {
        api_keys: [key("p0"), key("p1"), key("p2", { priority: 1 }), key("p3", { models: ["m", "gpt-*"] })],
        stateful_key: "p1",
        models: { include: ["*", "pinned"], exclude: ["*-preview"] },
      }),
      provider("q", 2, { path: "second", models: { exclude: ["hidden"] } }),
      provider("gemini", 2, { dialect: "gemini" }),
      provider("claude", 1, { dialect: "anthropic", path: "c" }),
      provider("azure", 1, { dialect: "azure", api_version: "2026-01-01" }),
      provider("off", 1, { enabled: false }),
    ],
    rest: {
      queue: NO_WAIT,
      default_provider: "p",
      models: { fast: ["q/m", "p/m"], even: [["p/m", "q/m"], "gemini/m"], dead: ["off/x"], half: ["off/x", "q/y"] },
    },
  });
  world.catalog.take("p", listed("m", "gpt-4o"));
  world.catalog.take("q", listed("of-q", "m", "hidden"));
  world.script = answers(200, OK);
  return world;
}

function explain(world: World, question: ExplainQuestion) {
  const { handler, catalog, balancer, tokens, time } = world;
  const { admission } = tokens;
  return explainRequest(question, { handler, catalog, balancer, admission, now: time.now() });
}

/** Asks both, and compares who would get it, with which key, and what is refused. */
async function expectAgreement(world: World, question: ExplainQuestion): Promise<void> {
  const told = explain(world, question);
  const traces = world.traces.length;
  const { request, model } = question;
  const path = request.startsWith("/") ? request : "/v1/chat/completions";
  const isRead = told.method === "GET" || told.method === "HEAD";
  const asked = request.startsWith("/") ? model : request;
  const body = isRead ? undefined : { messages: [], ...(asked !== undefined && { model: asked }) };
  const answer = await world.read(path, body, { method: told.method });
  const trace = world.traces.length > traces ? world.trace : undefined;
  const [attempt] = trace?.attempts ?? [];
  const { picked } = told;
  expect([...told.keys].find(({ isPicked }) => isPicked)).toEqual(picked);
  const said = {
    operation: trace === undefined ? "own" : told.operation,
    provider: picked?.target.provider,
    keyId: picked?.keyId,
    model: picked?.target.model,
    refused: told.refusal && `${told.refusal.status} ${told.refusal.code} ${told.refusal.retryAfterS}`,
  };
  const code = trace?.errorCode ?? (answer.status === 405 ? "method_not_allowed" : undefined);
  const met = {
    operation: trace?.operation ?? "own",
    provider: attempt?.provider,
    keyId: attempt?.keyId,
    model: attempt?.model,
    refused: code && `${answer.status} ${code} ${answer.headers.get("retry-after") ?? undefined}`,
  };
  expect({ question, ...said }).toEqual({ question, ...met });
}

const MODELS = [
  undefined,
  "m",
  "pinned",
  "gpt-4o",
  "fast",
  "even",
  "dead",
  "half",
  "of-q",
  "hidden",
  "q/any",
  "second/any",
  "gemini/x",
  "off/x",
  "new-preview",
  "unheard-of",
];

const FORMS = ["/v1/", "/p/v1/", "/second/v1/", "/hf/v1/", "/openai/q/v1/", "/gemini/v1/", "/claude/v1/", "/azure/v1/"];

function fill(template: string): string {
  return template
    .replace("{id...}", "org/name")
    .replaceAll("{id}", template.startsWith("responses") ? "resp_1" : "x-1");
}

describe("explainRequest agrees with a request", () => {
  test.each(OPERATION_ROWS.map(({ template }) => template))(
    "for %s, at every provider, with every method",
    async (template) => {
      await using world = open();
      for (const form of FORMS) {
        for (const method of [undefined, "GET", "POST", "DELETE"]) {
          await expectAgreement(world, { request: form + fill(template), method, model: "m" });
        }
      }
    },
  );

  test.each([...MODELS])("for the model %p, on every form of a path", async (model) => {
    await using world = open();
    if (model !== undefined) await expectAgreement(world, { request: model });
    for (const form of [...FORMS, "/v1/"]) {
      await expectAgreement(world, { request: `${form}chat/completions`, model });
      await expectAgreement(world, { request: `${form}embeddings`, model });
      await expectAgreement(world, { request: `${form}models/${model ?? "x"}` });
    }
    for (const provided of ["q", "second", "off", "nobody", ""]) {
      await expectAgreement(world, { request: `/v1/responses?x=1&provider=${provided}`, model });
      await expectAgreement(world, { request: `/v1/models?provider=${provided}` });
    }
  });

  test.each([
    "/gemini/v1beta/models/gemini-x:generateContent",
    "/gemini/v1beta/models/gemini-x:streamGenerateContent?alt=sse",
    "/gemini/v1beta/models",
    "/gemini/v1beta/files",
    "/gemini/v1beta/models/gemini-x:batchGenerateContent",
    "/claude/v1/messages",
    "/c/v1/messages/batches",
    "/azure/openai/deployments/d/chat/completions",
    "/azure/openai/deployments/d/embeddings?api-version=2025-01-01",
  ])("for the native path %s", async (request) => {
    await using world = open();
    await expectAgreement(world, { request, model: "m" });
  });

  test.each([
    "/chat/completions",
    "//v1//chat/completions/",
    "/q/chat/completion",
    "/v1/v1/chat/completions",
    "/v1/anything/else",
    "/v1/files/a%2f..%2fb",
    "/nobody/v1/chat/completions",
    "/nothing",
    "/",
    "/v1",
    "/v1/",
  ])("for the path %s", async (request) => {
    await using world = open();
    await expectAgreement(world, { request, model: "m" });
  });

  test.each(["PUT /v1/models", "HEAD /v1/models", "HEAD /v1/files", "PATCH /v1/x"])("for %s", async (asked) => {
    await using world = open();
    const [method = "", request = ""] = asked.split(" ");
    await expectAgreement(world, { request, method });
  });

  test.each(["GET /health", "HEAD /ready", "POST /health", "DELETE /ready"])(
    "for %s, which leaves no trace",
    async (asked) => {
      const [method = "", request = ""] = asked.split(" ");
      await expectAgreement(open(), { request, method });
    },
  );

  test.each(["TRACE", "CONNECT"])("for %s, which is never relayed", async (method) => {
    await using world = open();
    expect(explain(world, { request: "/v1/files", method })).toMatchObject({ refusal: { status: 405 }, keys: [] });
  });

  test("where there is no provider at all", async () => {
    await using world = new World({ providers: [] });
    for (const request of ["m", "/v1/models", "/v1/files", "/p/v1/chat/completions"]) {
      await expectAgreement(world, { request });
    }
  });

  test("for a model that goes where no address is", async () => {
    await using world = open();
    for (const model of ["..", "a/..", "azure/.."]) {
      await expectAgreement(world, { request: "/azure/v1/chat/completions", model });
    }
  });
});

type Step =
  | { readonly kind: "attempt"; readonly key: number; readonly model: string; readonly effect: Effect }
  | { readonly kind: "hold"; readonly key: number }
  | { readonly kind: "disable"; readonly key: number; readonly isDisabled: boolean }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "ask"; readonly question: ExplainQuestion };

const EFFECTS: readonly Effect[] = [
  { kind: "success", complete: true, latencyMs: 10 },
  { kind: "key-invalid" },
  { kind: "key-exhausted" },
  { kind: "rate-limited", retryAfterMs: 30_000 },
  { kind: "rate-limited", daily: true, retryAfterMs: 3_600_000 },
  { kind: "model-missing" },
  { kind: "operation-blocked" },
  { kind: "key-refused" },
  { kind: "server-error" },
  { kind: "overloaded", retryAfterMs: 60_000 },
  { kind: "unreachable" },
];

const keyIndex = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("attempt" as const),
      key: keyIndex,
      model: fc.constantFrom("m", "gpt-4o", "of-q"),
      effect: fc.constantFrom(...EFFECTS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hold" as const), key: keyIndex }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("disable" as const), key: keyIndex, isDisabled: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1_000, 11_000, MINUTE, 61 * MINUTE),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      question: fc.record({
        request: fc.constantFrom("m", "fast", "even", "of-q", "/v1/files", "/q/v1/chat/completions", "/v1/embeddings"),
        model: fc.constantFrom("m", "gpt-4o"),
      }),
    }),
  },
);

class Play {
  readonly #world: World;
  readonly #held: (() => void)[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async run(next: Step): Promise<void> {
    const { balancer, time } = this.#world;
    switch (next.kind) {
      case "attempt":
        this.#attempt(next.key, next.model, next.effect);
        return;
      case "hold":
        this.#hold(next.key);
        return;
      case "disable":
        balancer.setDisabled([this.#place(next.key)], next.isDisabled, time.now());
        return;
      case "wait":
        await time.advance(next.ms);
        return;
      case "ask":
        await expectAgreement(this.#world, next.question);
        return;
      default:
        next satisfies never;
    }
  }

  /** Every slot is given back. */
  end(): void {
    for (const release of this.#held.splice(0)) release();
  }

  #place(index: number) {
    const pools = this.#world.balancer.report(this.#world.time.now());
    const all = pools.flatMap(({ provider: name, keys }) => keys.map(({ id }) => ({ provider: name, keyId: id })));
    const place = all[index % all.length];
    if (place === undefined) throw new Error("There is no key");
    return place;
  }

  #begin(index: number, model: string) {
    const place = this.#place(index);
    const need = { route: [[{ provider: place.provider, model }]], operation: "chat/completions", client: `c${index}` };
    return this.#world.balancer.begin({ ...place, model }, need, this.#world.time.now());
  }

  #attempt(index: number, model: string, effect: Effect): void {
    const { balancer, time } = this.#world;
    const attempt = this.#begin(index, model);
    balancer.judge(attempt, verdictOf(effect), time.now());
    balancer.end(attempt, time.now());
  }

  #hold(index: number): void {
    const { balancer, time } = this.#world;
    const attempt = this.#begin(index, "m");
    this.#held.push(() => balancer.end(attempt, time.now()));
  }
}

test("explainRequest agrees with a request whatever happened to keys and providers before", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      await using world = open();
      const play = new Play(world);
      try {
        for (const next of steps) await play.run(next);
      } finally {
        play.end();
      }
    }),
    { numRuns: 60 },
  );
});

test("explainRequest agrees with a request about a suspect provider, while it is shut and when it is probed", async () => {
  const keys = Array.from({ length: 40 }, (_, i) => key(`many-${i}`));
  await using world = new World({
    providers: [provider("p", 1, { api_keys: keys }), provider("q", 1)],
    rest: { models: { any: ["p/m", "q/m"] }, queue: NO_WAIT },
  });
  world.script = answers(200, OK);
  const play = new Play(world);
  for (let i = 0; i < 40; i++) await play.run({ kind: "attempt", key: i, model: "m", effect: { kind: "key-invalid" } });
  expect(world.balancer.report(world.time.now())[0]?.state).toBe("suspect");
  for (const ms of [0, 5_000, 6_000, 30_000]) {
    await world.time.advance(ms);
    for (const request of ["any", "p/m", "m"]) await expectAgreement(world, { request });
  }
});

describe("explainRequest says", () => {
  test("what was asked, as it is understood", async () => {
    await using world = open();
    expect(explain(world, { request: "//Chat/Completion/", model: "fast" })).toMatchObject({
      method: "POST",
      path: "/v1/chat/completions",
      operation: "chat/completions",
      model: "fast",
      rule: "the model is a name under models",
      refusal: undefined,
    });
    expect(explain(world, { request: "/v1/files", method: "post" })).toMatchObject({ method: "POST" });
    expect(explain(world, { request: "/v1/models" })).toMatchObject({ method: "GET", operation: "models" });
  });

  test.each<[string, string]>([
    ["fast", "the model is a name under models"],
    ["gpt-4o", "the default provider is known to have the model"],
    ["q/x", "the model begins with the name of a provider"],
    ["of-q", "the provider is the first whose list has the model"],
    ["unheard-of", "no provider is known to have the model, so the default one is asked"],
    ["/q/v1/chat/completions", "the request names its provider"],
    ["/v1/chat/completions?provider=q", "the request names its provider"],
    ["/v1/models", "this daemon answers it itself"],
    ["/v1/keys/list", "this daemon answers it itself"],
    ["/admin/api/status", "this daemon answers it itself"],
  ])("which rule decided about %s: %s", async (request, rule) => {
    await using world = open();
    expect(explain(world, { request }).rule).toBe(rule);
  });

  test("nothing about a key to the client, and changes nothing", async () => {
    await using world = open();
    const before = JSON.stringify([world.balancer.revision, world.balancer.report(world.time.now())]);
    for (let i = 0; i < 20; i++) expect(JSON.stringify(explain(world, { request: "even" }))).not.toContain("sk-fake");
    expect(JSON.stringify([world.balancer.revision, world.balancer.report(world.time.now())])).toBe(before);
    expect([world.calls, world.traces]).toEqual([[], []]);
  });
});
