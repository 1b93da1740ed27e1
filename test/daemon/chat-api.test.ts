// Chats of the page over real HTTP: items as they come, and a browser that leaves cancels the upstream call.
import { expect, test } from "bun:test";
import { daemonOf } from "../admin/daemon-scenarios.ts";
import { events } from "../fixture/behaviours.ts";
import { chatEvents } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { type Call, startUpstream } from "../fixture/upstream.ts";
import { ADMIN, CLIENT, configOf, openAdminLab } from "./admin-lab.ts";
import { providerAt } from "./instance-lab.ts";

const INPUT = JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "hi" }] });
const as = (token: string) => ({ authorization: `Bearer ${token}`, "content-type": "application/json" });

function labAt(url: string) {
  const providers = [providerAt(url, "main", [{ name: "only", key: fakeSecret("only") }])];
  return openAdminLab({ ...configOf(), providers }, { daemon: daemonOf() });
}

async function* linesOf(response: Response): AsyncGenerator<Record<string, unknown>> {
  let rest = "";
  for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) yield JSON.parse(part);
  }
}

test("items come over HTTP while the provider still speaks, and whoever closes the page is gone", async () => {
  const speaking = (call: Call) =>
    events(
      (async function* () {
        yield chatEvents(["one"]).slice(0, 2).join("");
        await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
      })(),
    );
  await using upstream = startUpstream({ otherwise: speaking });
  await using admin = await labAt(upstream.url);
  const page = new AbortController();
  const init = { method: "POST", headers: as(ADMIN), body: INPUT, signal: page.signal };
  const response = await fetch(`${admin.url}/admin/api/chat`, init);
  const items = linesOf(response);
  expect((await items.next()).value).toMatchObject({ kind: "head", status: 200 });
  expect((await items.next()).value).toMatchObject({ kind: "data", text: expect.stringContaining("one") });
  page.abort();
  await until("the provider hears of it", () => upstream.calls[0]?.signal.aborted);
  await until("nothing is in flight", () => admin.lab.instance.handler.inFlight === 0);
  expect(admin.lab.bugs).toEqual([]);
});

test("the end of the session ends the chat", async () => {
  const speaking = (call: Call) =>
    events(
      (async function* () {
        yield chatEvents(["one"]).slice(0, 2).join("");
        await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
      })(),
    );
  await using upstream = startUpstream({ otherwise: speaking });
  await using admin = await labAt(upstream.url);
  const cookie = await admin.login();
  const headers = { cookie, "x-csrf-token": await admin.csrf(cookie), "content-type": "application/json" };
  const response = await fetch(`${admin.url}/admin/api/chat`, { method: "POST", headers, body: INPUT });
  const items = linesOf(response);
  await items.next();
  await admin.ask("/admin/api/sessions.revoke", { method: "POST", headers: as(ADMIN), body: '{"all":true}' });
  const rest = await Array.fromAsync(items);
  expect(rest.at(-1)).toMatchObject({ error: { code: "session_ended" } });
  await until("the provider hears of it", () => upstream.calls[0]?.signal.aborted);
  expect(admin.lab.bugs).toEqual([]);
});

test("a chat costs money: no link, no client token and no page without the CSRF token makes one", async () => {
  await using upstream = startUpstream({});
  await using admin = await labAt(upstream.url);
  const cookie = await admin.login();
  const answers = await Promise.all([
    admin.ask("/admin/api/chat", { headers: as(ADMIN) }),
    admin.ask("/admin/api/chat", { method: "POST", headers: as(CLIENT), body: INPUT }),
    admin.ask("/admin/api/chat", { method: "POST", headers: { cookie }, body: INPUT }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([405, 401, 403]);
  expect(upstream.calls).toEqual([]);
});
