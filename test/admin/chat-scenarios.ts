// What `chat` answers.
import { expect } from "bun:test";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { daemonOf } from "./daemon-scenarios.ts";
import { run, type Scenarios } from "./run-operation.ts";

const messages = [{ role: "user" as const, content: "hi" }];

export const CHAT_SCENARIOS = {
  chat: {
    "of an answer in events": async ({ lab, upstream }) => {
      const ports = { ...lab.ports, daemon: daemonOf() };
      const input = { model: "gpt-4o-mini", provider: "main", key: "ready", messages, temperature: 0.5, max_tokens: 9 };
      const items = await run("chat", ports, input);
      expect(items.map(({ kind }) => kind)).toEqual(["head", ...items.slice(1, -1).map(() => "data"), "end"]);
      expect(items.at(-1)?.record).toMatchObject({ token: "(admin)", key: "ready", status: 200, stream: true });
      expect(JSON.parse(new TextDecoder().decode(upstream.calls[0]?.body))).toEqual({
        ...{ model: "gpt-4o-mini", messages, temperature: 0.5, max_tokens: 9 },
        ...{ stream: true, stream_options: { include_usage: true } },
      });
    },
    "of one that is whole, by a name under models": async ({ lab, upstream }) => {
      upstream.otherwise(openai);
      const ports = { ...lab.ports, daemon: daemonOf() };
      const items = await run("chat", ports, { model: "fast", messages, stream: false });
      expect(items.map(({ kind }) => kind)).toEqual(["head", "data", "end"]);
      const { id, object } = JSON.parse(String(items[1]?.text));
      expect([id, object]).toEqual(["chatcmpl-1", "chat.completion"]);
      expect(items[2]?.record).toMatchObject({ model: "fast", prompt_tokens: 9, completion_tokens: 4 });
    },
    "where a provider refuses": async ({ lab, upstream }) => {
      const text = `No such thing for ${fakeSecret("ready")}`;
      upstream.otherwise(() => Response.json({ error: { message: text, code: "bad" } }, { status: 400 }));
      const ports = { ...lab.ports, daemon: daemonOf() };
      const items = await run("chat", ports, { model: "gpt-4o-mini", provider: "main", messages });
      expect(items).toMatchObject([{ kind: "head", status: 400 }, { kind: "data" }, { kind: "end" }]);
      expect(items[1]?.text).toContain("No such thing for ");
    },
    "where no key may serve": async ({ lab }) => {
      const ports = { ...lab.ports, daemon: daemonOf() };
      const items = await run("chat", ports, { provider: "groq", model: "x", messages });
      expect(items).toMatchObject([{ status: 503 }, { kind: "data" }, { record: { attempts: 0, tries: [] } }]);
    },
  },
} as const satisfies Readonly<Record<string, Scenarios>>;
