// A model that some keys have no access to: the others serve it, and those keys serve what they can.
import { expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { errorJson, modelMissing } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const NO_ACCESS: Behaviour = ({ model }) =>
  errorJson(403, "model_not_found", `Project \`proj_1\` does not have access to model \`${model}\``);

test("a model is served by the keys that may, and theirs alone is the rest", async () => {
  const [missing, denied, good] = [fakeSecret("some_missing"), fakeSecret("some_denied"), fakeSecret("some_good")];
  await using upstream = startUpstream({ otherwise: openai });
  for (const [key, refusal] of [[missing, modelMissing] as const, [denied, NO_ACCESS] as const]) {
    upstream.byKey(key, (call) => (call.model === "rare" ? refusal(call) : openai(call)));
  }
  const api_keys = [
    { name: "missing", key: missing },
    { name: "denied", key: denied },
    { name: "good", key: good },
  ];
  const models = { include: ["rare", "plain"] };
  await using balanced = await startBalanced({
    providers: [{ name: "main", base_url: upstream.url, api_keys, models }],
  });
  expect(new Set(await balanced.serially(12, { model: "rare" }))).toEqual(new Set([200]));
  expect([upstream.count(missing), upstream.count(denied), upstream.count(good)]).toEqual([1, 1, 12]);
  expect(new Set(await balanced.serially(12, { model: "plain" }))).toEqual(new Set([200]));
  const plain = upstream.calls.filter(({ model }) => model === "plain").map(({ key }) => key);
  for (const key of [missing, denied, good]) expect(plain.filter((other) => other === key).length).toBeGreaterThan(1);
  const blocked = [{ model: "rare", state: "blocked", reason: "model_not_found" }];
  expect(await balanced.keys()).toMatchObject({
    missing: { state: "ready", parts: [{ ...blocked[0], status: 404 }] },
    denied: { state: "ready", parts: [{ ...blocked[0], status: 403 }] },
    good: { state: "ready", parts: [] },
  });
  expect(await balanced.obstacles("rare")).toEqual({ missing: ["model_blocked"], denied: ["model_blocked"], good: [] });
  const rows = await balanced.home.json<{ keys: { name: string; parts: object[] }[] }>(["keys", "list"]);
  expect(rows.keys.map(({ name, parts }) => [name, parts.length])).toEqual([
    ["missing", 1],
    ["denied", 1],
    ["good", 0],
  ]);
});
