// `chat`: which words it takes for a key, and what it refuses.
import { expect, test } from "bun:test";
import { checkInput } from "../../src/admin/check-input.ts";
import { chat } from "../../src/admin/operations/chat.ts";
import { openLab, providerAt } from "../daemon/instance-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { daemonOf } from "./daemon-scenarios.ts";
import { everyState, keyId } from "./every-state.ts";
import { FakeRecords } from "./fake-records.ts";
import { run } from "./run-operation.ts";

const messages = [{ role: "user" as const, content: "hi" }];

test("chat without a daemon says how to start one", async () => {
  await using lab = await openLab();
  await expect(run("chat", lab.ports, { messages })).rejects.toThrow(
    "Cannot chat without a running daemon: start one with openai-balance serve",
  );
});

test("chat takes a key by its id, the beginning of it, or its name", async () => {
  await using state = await everyState();
  const { lab, upstream } = state;
  const id = keyId(lab, "patterned");
  for (const key of [id, id.slice(0, 8), "patterned"])
    await run("chat", { ...lab.ports, daemon: daemonOf() }, { model: "gpt-4o-mini", key, messages });
  expect(upstream.calls.map(({ key }) => key)).toEqual(Array.from({ length: 3 }, () => fakeSecret("patterned")));
});

test.each([
  ["nobody", undefined, "There is no key nobody"],
  ["ready", "open", "There is no key ready"],
  ["many-*", undefined, "Which key? Name one of them by its id"],
  ["of-off", undefined, "its provider off is not enabled"],
])("chat refuses the key %s at %s", async (key, provider, text) => {
  await using state = await everyState();
  const ports = { ...state.lab.ports, daemon: daemonOf() };
  await expect(run("chat", ports, { key, ...(provider && { provider }), messages })).rejects.toThrow(text);
  expect(state.upstream.calls).toEqual([]);
});

test("chat refuses a key that only lies in the store", async () => {
  const providers = [providerAt("https://main.example/v1", "main", [fakeSecret("kept")])];
  await using lab = await openLab({ config: { providers: [{ name: "groq" }] } });
  await run("keys.add", lab.ports, { keys: [{ key: fakeSecret("stray"), name: "stray" }], provider: "groq" });
  await using next = await lab.restart({ config: { providers } });
  const ports = { ...next.ports, daemon: daemonOf() };
  await expect(run("chat", ports, { key: "stray", messages })).rejects.toThrow("its provider groq is not configured");
});

test.each([
  [{}, "messages"],
  [{ messages: [] }, "messages"],
  [{ messages: Array.from({ length: 1_001 }, () => messages[0]) }, "messages"],
  [{ messages: [{ role: "tool", content: "x" }] }, "messages"],
  [{ messages: [{ role: "user", content: "x".repeat(4 * 1024 * 1024 + 1) }] }, "messages"],
  [{ messages, temperature: 2.1 }, "temperature"],
  [{ messages, max_tokens: 0 }, "max_tokens"],
  [{ messages, tools: [] }, "tools"],
])("chat takes no input such as the %#. of a list", (input, field) => {
  const checked = checkInput(chat as never, input);
  expect(checked.ok).toBe(false);
  expect(checked.ok ? "" : checked.message).toContain(field);
});

test("records are asked for by the name of the operator, also before there is one", async () => {
  await using lab = await openLab();
  const ports = { ...lab.ports, records: new FakeRecords() };
  expect(await run("logs.list", ports, { token: "(admin)" })).toMatchObject([{ records: [] }]);
  await expect(run("logs.list", ports, { token: "admin" })).rejects.toThrow("There is no client token admin");
});
