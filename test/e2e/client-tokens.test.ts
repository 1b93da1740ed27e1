// Client tokens through the real program: budgets under a storm, a kill, commands on a running daemon.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { events } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { newHome } from "../fixture/home.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Call, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEY = fakeSecret("tokens_key");
const STORM = 200;
/** A token of any kind costs a thousandth. */
const PRICES = { prices: [{ models: ["*"], input: 1_000, output: 1_000 }] };

interface TokenList {
  readonly tokens: readonly {
    readonly name: string;
    readonly requests: number;
    readonly in_flight: number;
    readonly limits: readonly { readonly name: string; readonly used: number }[];
  }[];
}

function configOf(url: string, rest: object): string {
  const providers = [{ name: "main", base_url: url, api_keys: [KEY], test_model: "gpt-4o-mini" }];
  return JSON.stringify({ providers, usage: PRICES, health: { probe: "off" }, ...rest });
}

test("200 at once: a budget, tokens of a day and slots are not overdrawn, whatever becomes of the requests", async () => {
  const gate = Promise.withResolvers<void>();
  const usage = { prompt_tokens: 15, completion_tokens: 80 };
  await using upstream = startUpstream({
    listing: openai,
    otherwise: async (call: Call) => {
      await gate.promise;
      const { stream } = JSON.parse(Buffer.from(call.body).toString()) as { stream?: boolean };
      if (stream === true)
        return events([...chatEvents().slice(0, -1), eventOf({ choices: [], usage }), "data: [DONE]\n\n"]);
      return Response.json({ choices: [{ index: 0, message: { content: "x" }, finish_reason: "stop" }], usage });
    },
  });
  const names = ["budget", "daily", "slots"] as const;
  const rules = { budget: { budget: { amount: 2, per: "month" } }, daily: { tpd: 2_000 }, slots: { concurrency: 20 } };
  const client_tokens = names.map((name) => ({ name, token: fakeSecret(`tokens_${name}`), ...rules[name] }));
  await using home = await newHome();
  await writeFile(join(home.path, "config.yaml"), configOf(upstream.url, { auth: { client_tokens } }));
  await using daemon = await home.serve({ args: ["--config", "config.yaml"] });

  const leavers: AbortController[] = [];
  const storm = (name: string) => {
    const bearer = { authorization: `Bearer ${fakeSecret(`tokens_${name}`)}` };
    return Array.from({ length: STORM }, async (_, at) => {
      const init = chat({ max_tokens: 80, stream: at % 2 === 0 });
      const controller = new AbortController();
      if (at % 20 === 7) leavers.push(controller);
      const headers = { ...(init.headers as Record<string, string>), ...bearer };
      const response = await fetch(`${daemon.url}/v1/chat/completions`, {
        ...init,
        headers,
        signal: controller.signal,
      });
      await response.text();
      return response.status;
    });
  };
  const sent = names.map((name) => [name, storm(name)] as const);
  const settled: number[] = [];
  for (const [, requests] of sent)
    for (const request of requests)
      request.then(
        (status) => settled.push(status),
        () => settled.push(0),
      );
  // Those that are let in wait for the upstream; all others are refused at once.
  const list = () => home.json<TokenList>(["tokens", "list"]);
  const inFlight = async () => (await list()).tokens.reduce((sum, { in_flight }) => sum + in_flight, 0);
  await until("the refusals", () => (settled.length + upstream.count() === 3 * STORM ? true : undefined));
  expect(new Set(settled)).toEqual(new Set([429]));
  expect(await inFlight()).toBe(upstream.count());
  for (const leaver of leavers) leaver.abort();
  gate.resolve();
  await until("the answers", () => (settled.length === 3 * STORM ? true : undefined));
  await until("every slot", async () => ((await inFlight()) === 0 ? true : undefined));

  const { tokens } = await list();
  const used = Object.fromEntries(tokens.map(({ name, limits }) => [name, limits[0]?.used ?? -1]));
  // A request may take 80 tokens and those of its text, some twenty.
  expect(used.budget).toBeGreaterThan(1.5);
  expect(used.budget).toBeLessThanOrEqual(2);
  expect(used.daily).toBeGreaterThan(1_500);
  expect(used.daily).toBeLessThanOrEqual(2_000);
  expect(used.slots).toBe(0);
  const served = (name: string) =>
    Promise.all(sent.find(([is]) => is === name)?.[1].map((one) => one.catch(() => 0)) ?? []);
  expect((await served("slots")).filter((status) => status !== 429)).toHaveLength(20);
});

function eventOf(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

test("a token by command counts at once, and what it spent survives kill -9", async () => {
  await using upstream = startUpstream({ otherwise: openai, listing: openai });
  await using home = await newHome();
  await writeFile(join(home.path, "config.yaml"), configOf(upstream.url, {}));
  const args = ["--config", "config.yaml"];
  const daemon = await home.serve({ args });
  const secret = (await home.ok(["tokens", "add", "--name", "ci", "--budget", "1/total", "--models", "gpt-*"])).trim();
  const ask = (url: string, token: string, more = {}) => {
    const init = chat(more);
    return fetch(`${url}/v1/chat/completions`, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
    });
  };
  expect((await ask(daemon.url, secret, { max_tokens: 20 })).status).toBe(200);
  expect((await ask(daemon.url, secret, { model: "o1" })).status).toBe(403);
  expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(401);
  const before = (await home.json<TokenList>(["tokens", "list"])).tokens[0]?.limits;
  expect(before).toEqual([{ name: "budget", limit: 1, used: 0.013, per: "total" }] as never);
  await until("the spending on the disk", () => {
    try {
      return readFileSync(join(home.data, "state.json"), "utf8").includes("13000000") || undefined;
    } catch {
      return undefined;
    }
  });
  await daemon.kill();
  const next = await home.serve({ args });
  expect((await home.json<TokenList>(["tokens", "list"])).tokens[0]?.limits).toEqual(before as never);
  expect((await ask(next.url, secret, { max_tokens: 20 })).status).toBe(200);
  const fresh = (await home.ok(["tokens", "rotate", "ci"])).trim();
  expect((await ask(next.url, secret)).status).toBe(401);
  expect((await ask(next.url, fresh, { max_tokens: 20 })).status).toBe(200);
  expect((await ask(next.url, fresh, { max_tokens: 2_000 })).status).toBe(429);
  await home.ok(["tokens", "revoke", "ci", "--yes"]);
  expect((await ask(next.url, fresh)).status).toBe(200);
  const traces = [
    next.logs(),
    readFileSync(join(home.data, "daemon.log"), "utf8"),
    readFileSync(join(home.data, "tokens.json.1"), "utf8"),
  ];
  for (const text of traces) for (const token of [secret, fresh]) expect(text).not.toContain(token);
});

test("without a daemon a token counts from the next start, and opens it to other machines", async () => {
  await using upstream = startUpstream({ otherwise: openai, listing: openai });
  await using home = await newHome();
  await writeFile(join(home.path, "config.yaml"), configOf(upstream.url, { server: { host: "0.0.0.0" } }));
  const refused = await home.run(["serve", "--port", "0"]);
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining("without a client token")]);
  const { secret } = await home.json<{ secret: string }>(["tokens", "add", "--name", "ci", "-c", "config.yaml"]);
  const daemon = await home.serve({ args: ["--config", "config.yaml"] });
  expect(daemon.logs()).toContain("whoever has the client token");
  expect((await daemon.ask("/v1/models")).status).toBe(401);
  expect((await daemon.ask("/v1/models", { headers: { "x-api-key": secret } })).status).toBe(200);
});
