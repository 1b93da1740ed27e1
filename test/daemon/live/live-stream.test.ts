// What a browser gets of `live` over real HTTP: from the first event to the end of its session, or of the daemon.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { eventsAnswer } from "../../../src/admin/stream-answer.ts";
import { schedule } from "../../../src/daemon/schedule.ts";
import { chat } from "../../fixture/client.ts";
import { type Daemon, startDaemon } from "../../fixture/daemon.ts";
import { type EventReader, type ReadEvent, readEvents } from "../../fixture/event-reader.ts";
import { openai } from "../../fixture/openai-answers.ts";
import { fakeSecret } from "../../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../../fixture/until.ts";
import { startUpstream } from "../../fixture/upstream.ts";
import { openAdminLab } from "../admin-lab.ts";
import { providerAt } from "../instance-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ADMIN = fakeSecret("admin");
const AUTHORIZED = { authorization: `Bearer ${ADMIN}` };
const LIVE = "/admin/api/live";

function yaml(url: string, rest: object = {}): string {
  const providers = [providerAt(url, "main", [{ name: "mine", key: fakeSecret("key") }])];
  return JSON.stringify({ auth: { admin_token: ADMIN }, providers, ...rest });
}

async function change(daemon: Daemon, name: string, input: object): Promise<void> {
  const init = { method: "POST", body: JSON.stringify(input), headers: AUTHORIZED };
  expect((await daemon.ask(`/admin/api/${name}`, init)).status).toBe(200);
}

const isChanged = (what: string) => (event: ReadEvent) =>
  event.event === "changed" && (event.data as { readonly what: string }).what === what;

async function openLive(daemon: Pick<Daemon, "url">, headers: Readonly<Record<string, string>> = {}) {
  const reader = await readEvents(daemon.url + LIVE, { ...AUTHORIZED, ...headers });
  await reader.find("the greeting", ({ event }) => event === "hello");
  return reader;
}

describe("a daemon that runs tells", () => {
  test("of requests, health and what operators change", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    await using daemon = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", "data"] });
    await using reader = await openLive(daemon);
    await reader.find("the figures", ({ event }) => event === "figures");
    expect(reader.headers.get("content-type")).toBe("text/event-stream");
    expect(reader.headers.get("content-security-policy")).toStartWith("default-src 'none'");

    expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
    const requests = await reader.find("the request", ({ event }) => event === "requests");
    expect(requests.data).toMatchObject({ count: 1 });
    const served = await reader.find("its count", ({ event, data }) => {
      return event === "figures" && (data as { readonly served: number }).served === 1;
    });
    expect(served.data).toMatchObject({ in_flight: 0, waiting: 0, refused: 0, failed: 0, left: 0, attempts: 1 });

    await change(daemon, "keys.disable", { keys: ["mine"] });
    const health = await reader.find("the disabled key", ({ event }) => event === "health");
    expect(health.data).toMatchObject({ keys: [expect.stringMatching(/^[0-9a-f]{12}$/)], providers: ["main"] });

    await change(daemon, "tokens.add", {});
    await reader.find("the token", isChanged("tokens"));
    await change(daemon, "keys.add", { provider: "main", keys: [{ key: fakeSecret("added") }] });
    await reader.find("the key", isChanged("keys"));
    await change(daemon, "jobs.stop", { job: "recheck" });
    await reader.find("the job", isChanged("jobs"));
    await change(daemon, "logs.delete", { all: true });
    await reader.find("the deletion", isChanged("records"));
    await daemon.writeConfig("servr: 1");
    await change(daemon, "reload", {});
    await reader.find("the file", isChanged("config"));
  });

  test("who comes back what was missed, once, and who was at another run that all may differ", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    await using daemon = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", "data"] });
    const cut = await openLive(daemon);
    await cut.find("the figures", ({ event }) => event === "figures");
    const lastId = cut.lastId ?? "none";
    await cut[Symbol.asyncDispose]();
    await change(daemon, "tokens.add", {});
    await using back = await openLive(daemon, { "last-event-id": lastId });
    await back.find("the token", isChanged("tokens"));
    expect(back.events.map(({ event }) => event)).not.toContain("reset");
    await using again = await openLive(daemon, { "last-event-id": back.lastId ?? "none" });
    await change(daemon, "jobs.stop", { job: "recheck" });
    await again.find("the job", isChanged("jobs"));
    expect(again.events.filter(isChanged("tokens"))).toEqual([]);

    await using other = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", "data"] });
    await using moved = await openLive(other, { "last-event-id": lastId });
    await moved.find("the figures", ({ event }) => event === "figures");
    expect(moved.events.map(({ event }) => event).slice(0, 3)).toEqual(["hello", "reset", "figures"]);
  });

  test("that it stops, at once, and stops as fast as without a page", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    const daemon = await startDaemon({ config: yaml(upstream.url), args: ["--data-dir", "data"] });
    await using open = await openLive(daemon);
    const left = await openLive(daemon);
    await left[Symbol.asyncDispose]();
    daemon.signal("SIGTERM");
    await open.ended;
    expect(open.events.at(-1)).toMatchObject({ event: "stopping" });
    expect(await daemon.exited).toBe(0);
    await daemon.stop();
  });
});

describe("with the cookie of a session", () => {
  const openWith = async (url: string, cookie: string): Promise<EventReader> => {
    const reader = await readEvents(url + LIVE, { cookie, "sec-fetch-site": "same-origin" });
    await reader.find("the greeting", ({ event }) => event === "hello");
    return reader;
  };

  test("it ends as soon as the session is revoked, and says so", async () => {
    await using page = await openAdminLab();
    await using reader = await openWith(page.url, await page.login());
    await page.lab.control.call("sessions.revoke", { all: true });
    await reader.ended;
    expect(reader.events.at(-1)).toMatchObject({ event: "session_ended" });
  });

  test("it keeps no session alive, nor does what a page asks while nobody is there", async () => {
    await using page = await openAdminLab();
    const cookie = await page.login();
    await using reader = await openWith(page.url, cookie);
    const [session] = page.lab.data.sessions.list();
    page.lab.now += 3_599_000;
    page.lab.instance.observers.live.noteChanged("keys");
    await reader.find("an event", isChanged("keys"));
    await using again = await openWith(page.url, cookie);
    const asked = await page.ask("/admin/api/health", { headers: { cookie, "x-unattended": "true" } });
    expect([again.status, asked.status]).toEqual([200, 200]);
    expect(page.lab.data.sessions.list()).toEqual(session === undefined ? [] : [session]);
    page.lab.now += 1_000;
    // What looks once a minute does so now.
    page.lab.data.sessions.endExpired();
    await reader.ended;
    expect(reader.events.at(-1)).toMatchObject({ event: "session_ended" });
  });

  test("another login is told, so that lists of sessions are true", async () => {
    await using page = await openAdminLab();
    await using reader = await openWith(page.url, await page.login());
    await page.login();
    await reader.find("the login", isChanged("sessions"));
  });

  test("no page of another site gets it, nor does anybody without a session", async () => {
    await using page = await openAdminLab();
    const cookie = await page.login();
    await using foreign = await readEvents(page.url + LIVE, { cookie, "sec-fetch-site": "cross-site" });
    await using nobody = await readEvents(page.url + LIVE);
    expect([foreign.status, nobody.status]).toEqual([403, 401]);
  });
});

test("a page that reads nothing holds up the events that would be made for it", async () => {
  let made = 0;
  const events = async function* () {
    for (; ; made++) yield { event: "changed", data: "x".repeat(10_000) };
  };
  const ends = { atEnd: () => undefined, onError: () => new Response("{}") };
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: () => eventsAnswer(events(), ends, { isLive: true, schedule }),
  });
  const socket = connect(server.port ?? 0, "127.0.0.1");
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  let before = 0;
  let still = 0;
  await until("the stream stands still", () => {
    still = made > 0 && made === before ? still + 1 : 0;
    before = made;
    return still > 20;
  });
  // What the kernel holds is some megabytes.
  expect(made).toBeLessThan(2_000);
  socket.destroy();
});
