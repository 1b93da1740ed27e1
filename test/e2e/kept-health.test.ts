// What a restart must not forget: keys that are out for long, and what rests for a group of them.
import { expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { errorJson, modelMissing, noCredit, unauthorized } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

/** As OpenAI says it, with a long wait. */
const daily: Behaviour = () =>
  errorJson(429, "rate_limit_exceeded", "Rate limit reached for requests per day (RPD): Limit 200, Used 200", {
    "retry-after": "36000",
  });

const FAULTS: Readonly<Record<string, Behaviour>> = {
  daily,
  blocked: modelMissing,
  invalid: unauthorized,
  exhausted: noCredit,
  "of-group": daily,
};
const keyOf = (name: string) => fakeSecret(`kept_${name}`);

test("daily limits, blocked models, dead keys, spent credit and the rests of groups survive a restart", async () => {
  await using upstream = startUpstream({ otherwise: openai, listing: openai });
  for (const [name, fault] of Object.entries(FAULTS)) {
    upstream.byKey(keyOf(name), (call) => (call.model === "known" ? fault(call) : openai(call)));
  }
  const names = [...Object.keys(FAULTS), "sibling", "good"];
  const api_keys = names.map((name) => ({
    name,
    key: keyOf(name),
    // The one of the group that has room is never asked first.
    ...(name === "sibling" && { priority: 1 }),
    ...((name === "of-group" || name === "sibling") && { quota_group: "team" }),
  }));
  const models = { include: ["known", "other"] };
  await using balanced = await startBalanced({
    providers: [{ name: "main", base_url: upstream.url, api_keys, models }],
  });
  expect(new Set(await balanced.serially(12, { model: "known" }))).toEqual(new Set([200]));
  const states = async () => {
    const { keys } = await balanced.home.json<{ keys: Row[] }>(["keys", "list"]);
    return keys.map(({ name, state, since, until, reason, parts }) => ({ name, state, since, until, reason, parts }));
  };
  const before = { states: await states(), obstacles: await balanced.obstacles("known") };
  expect(before.obstacles).toMatchObject({
    daily: ["model_cooling"],
    blocked: ["model_blocked"],
    invalid: ["invalid"],
    exhausted: ["exhausted"],
    "of-group": ["group_cooling"],
    good: [],
  });
  expect(before.obstacles.sibling).toContain("group_cooling");
  const calls = upstream.count();
  await balanced.restart();
  expect({ states: await states(), obstacles: await balanced.obstacles("known") }).toEqual(before);
  expect(new Set(await balanced.serially(6, { model: "known" }))).toEqual(new Set([200]));
  expect(upstream.calls.slice(calls).map(({ key }) => key)).toEqual(Array(6).fill(keyOf("good")));
});

interface Row {
  readonly name: string;
  readonly state: string;
  readonly since?: string;
  readonly until?: string;
  readonly reason?: string;
  readonly parts: readonly object[];
}
