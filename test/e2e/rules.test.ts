// What an operator makes of answers, each action once: what the client gets, which key is asked next, how the key fares.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { errorJson, serverError } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

/** The first of two keys answers so, whatever it is asked. */
const ODD: Behaviour = () => errorJson(418, "teapot_short", "Short and stout");

interface Case {
  /** What holds, and how long its consequence lasts. */
  readonly rule: object;
  /** Of the requests, one after the other. */
  readonly statuses: readonly number[];
  /** How often the first key was asked. */
  readonly calls: number;
  readonly key: object;
}

/** Rules are called by their place in the file. */
const coolBy = (place: number) => ({ reason: `rule_${place}`, status: 418 });

const CASES: Readonly<Record<string, Case>> = {
  client: {
    rule: { status: 418 },
    statuses: [418, 418, 418],
    calls: 3,
    key: { state: "ready", parts: [], failures: 0, failed_24h: 0 },
  },
  rotate: {
    rule: { code: "teapot_short" },
    statuses: [200, 200, 200],
    calls: 3,
    key: { state: "ready", parts: [], failures: 0 },
  },
  cool_key: {
    rule: { body_matches: "(?i:and STOUT)", for: "1h" },
    statuses: [200, 200, 200],
    calls: 1,
    key: { state: "cooling", ...coolBy(3), parts: [] },
  },
  cool_model: {
    rule: { status: "4xx", until: "00:00 America/Los_Angeles" },
    statuses: [200, 200, 200],
    calls: 1,
    key: { state: "ready", parts: [{ model: "gpt-4o-mini", state: "cooling", ...coolBy(4) }] },
  },
  exhaust: {
    rule: { status: [402, 418] },
    statuses: [200, 200, 200],
    calls: 1,
    key: { state: "exhausted", ...coolBy(5) },
  },
  disable: {
    rule: { status: 418 },
    statuses: [200, 200, 200],
    calls: 1,
    key: { state: "disabled" },
  },
  retry: {
    rule: { status: 418 },
    statuses: [200, 200, 200],
    calls: 3,
    key: { state: "ready", parts: [] },
  },
  ignore: {
    rule: { status: 418 },
    statuses: [418, 418, 418],
    calls: 3,
    key: { state: "ready", parts: [], failures: 0, failed_24h: 0 },
  },
};

// One daemon with a provider for each action, whose rule holds there alone.
const upstream = startUpstream({ otherwise: openai, listing: openai });
for (const action of Object.keys(CASES)) upstream.byKey(keyOf(action, "odd"), ODD);
const balanced = await startBalanced({
  rules: Object.entries(CASES).map(([action, { rule }]) => ruleOf(action, { ...rule, provider: action })),
  providers: Object.keys(CASES).map((action) => providerOf(action, upstream.url)),
});
afterAll(async () => {
  await balanced[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

test.each(Object.entries(CASES))("%s", async (action, { statuses, calls, key }) => {
  const answers = [];
  for (const _ of statuses) answers.push(await balanced.daemon.ask(`/${action}/v1/chat/completions`, chat()));
  expect(answers.map(({ status }) => status)).toEqual([...statuses]);
  for (const answer of answers) {
    if (answer.status === 418) expect(answer.json().error.code).toBe("teapot_short");
  }
  expect(upstream.count(keyOf(action, "odd"))).toBe(calls);
  expect((await balanced.keys())[`${action}-odd`]).toMatchObject(key);
});

test("a rule goes before what is known of a provider, and those of the provider before those of the top level", async () => {
  await using failing = startUpstream({ otherwise: serverError, listing: openai });
  const provider = { ...providerOf("main", failing.url), rules: [ruleOf("client", { status: 500 })] };
  await using lab = await startBalanced({ rules: [ruleOf("disable", { status: 500 })], providers: [provider] });
  expect(await lab.serially(2)).toEqual([500, 500]);
  expect((await lab.keys())["main-odd"]).toMatchObject({ state: "ready", failures: 0 });
});

function ruleOf(action: string, fields: object): object {
  // biome-ignore lint/suspicious/noThenProperty: its value is a word, which nothing can call.
  return { ...fields, then: action };
}

function keyOf(provider: string, name: string): string {
  return fakeSecret(`rule_${provider}_${name}`);
}

/** The first key is asked first as long as it can be. */
function providerOf(name: string, base_url: string) {
  const api_keys = ["odd", "good"].map((which) => ({ name: `${name}-${which}`, key: keyOf(name, which) }));
  return { name, base_url, strategy: "fill_first", api_keys };
}
