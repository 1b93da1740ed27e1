// Any number of changes becomes a few events.
import { expect, test } from "bun:test";
import type { Change } from "../../../src/balancer/contract.ts";
import { NewsDigest } from "../../../src/daemon/live/news-digest.ts";

const change = (provider: string, keyId?: string): Change => ({
  at: 0,
  level: keyId === undefined ? "provider" : "key",
  provider,
  ...(keyId !== undefined && { keyId }),
  from: "ready",
  to: "cooling",
  reason: "rate_limited",
  alert: false,
});

test("everything that was noted is told once, health first", () => {
  const digest = new NewsDigest();
  expect(digest.take()).toEqual([]);
  digest.noteTopics(["keys", "config"]);
  digest.noteHealth([change("groq", "k1"), change("openai"), change("groq", "k1"), change("groq", "k2")]);
  digest.noteTopics(["keys"]);
  expect(digest.take()).toEqual([
    { event: "health", data: { keys: ["k1", "k2"], providers: ["groq", "openai"] } },
    { event: "changed", data: { what: "keys" } },
    { event: "changed", data: { what: "config" } },
  ]);
  expect(digest.take()).toEqual([]);
});

test("a change of a provider alone names no keys, and of another topic no health", () => {
  const digest = new NewsDigest();
  digest.noteHealth([change("openai")]);
  expect(digest.take()).toEqual([{ event: "health", data: { keys: [], providers: ["openai"] } }]);
  digest.noteTopics(["jobs"]);
  expect(digest.take()).toEqual([{ event: "changed", data: { what: "jobs" } }]);
});

test.each([
  [200, 200],
  [201, undefined],
  [100_000, undefined],
])("of %p keys that changed %p are named", (count, named) => {
  const digest = new NewsDigest();
  digest.noteHealth(Array.from({ length: count }, (_, index) => change("openai", `k${index}`)));
  const [news, ...others] = digest.take();
  expect(others).toEqual([]);
  expect(news?.event === "health" && news.data.keys?.length).toBe(named);
  digest.noteHealth([change("openai", "later")]);
  expect(digest.take()).toEqual([{ event: "health", data: { keys: ["later"], providers: ["openai"] } }]);
});
