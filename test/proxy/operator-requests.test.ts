// The operator's own requests: no token, no limits of one, a key that is pinned, and their record exactly once.
import { describe, expect, test } from "bun:test";
import type { KeyPlace } from "../../src/balancer/contract.ts";
import type { Trace } from "../../src/proxy/trace.ts";
import {
  ASK,
  ASK_STREAM,
  answers,
  CHAT,
  DEAD_KEY,
  DONE,
  OK,
  provider,
  ROLE,
  STOP,
  settle,
  WORD,
  World,
  worldOf,
} from "./fixtures.ts";

const TOKENS = { auth: { client_tokens: [{ name: "only", token: "fake-client-token", rpm: 1 }] } };

/** Takes what is told of a request. */
function operator(pin?: KeyPlace) {
  const ends: Trace[] = [];
  return { ends, operator: { pin, onEnd: (trace: Trace) => void ends.push(structuredClone(trace)) } };
}

function placeOf(world: World, name: string, index: number): KeyPlace {
  const keyId = world.setup.providers.get(name)?.config.keys[index]?.id;
  if (keyId === undefined) throw new Error("No such key");
  return { provider: name, keyId };
}

describe("a request of the operator", () => {
  test("needs no client token, where clients do", async () => {
    await using world = worldOf(1, {}, TOKENS);
    world.script = answers(200, OK);
    expect((await world.read(CHAT, ASK)).status).toBe(401);
    for (let i = 0; i < 3; i++) {
      const { ends, operator: asker } = operator();
      expect((await world.read(CHAT, ASK, { operator: asker })).status).toBe(200);
      expect(ends).toMatchObject([{ client: "(admin)", status: 200, end: "ok" }]);
      expect(ends[0]).toEqual(world.trace);
    }
  });

  test("tells its record once its stream is over, and not before", async () => {
    await using world = worldOf();
    const { ends, operator: asker } = operator();
    const asked = world.ask(CHAT, ASK_STREAM, { operator: asker });
    await settle();
    world.call.head(200, { "content-type": "text/event-stream" }).data(ROLE + WORD);
    const response = await asked.response;
    expect(ends).toEqual([]);
    world.call.data(STOP + DONE).end();
    expect(await response.text()).toContain(WORD);
    expect(ends).toMatchObject([{ end: "ok", isStream: true }]);
  });

  test("tells its record when the operator leaves", async () => {
    await using world = worldOf();
    const { ends, operator: asker } = operator();
    const asked = world.ask(CHAT, ASK, { operator: asker });
    await settle();
    asked.leave();
    world.call.end({ kind: "aborted", cause: "ABORTED" });
    await asked.response;
    expect(ends).toMatchObject([{ end: "client_gone" }]);
  });

  test("is refused like others while the daemon stops, and where there is no such path", async () => {
    await using world = worldOf();
    const refused = operator();
    expect((await world.read("/v2/nothing", ASK, { operator: refused.operator })).status).toBe(404);
    void world.handler.drain();
    expect((await world.read(CHAT, ASK, { operator: refused.operator })).status).toBe(503);
    expect(refused.ends.map(({ errorCode }) => errorCode)).toEqual(["not_found", "shutting_down"]);
  });
});

describe("a pinned key", () => {
  const models = { any: [["p/small", "q/large"], "p/other"] };
  const open = () => new World({ providers: [provider("p", 2), provider("q")], rest: { models } });

  test("is the only one that is asked", async () => {
    await using world = open();
    world.script = answers(401, DEAD_KEY);
    const { ends, operator: asker } = operator(placeOf(world, "p", 1));
    await world.read(CHAT, { ...ASK, model: "any" }, { operator: asker });
    expect(new Set(world.calls.map(({ key }) => key))).toEqual(new Set(["sk-fake-p-1"]));
    expect(ends).toHaveLength(1);
  });

  test.each([
    ["any", "q", "large"],
    ["p/m", "q", "p/m"],
    ["m", "q", "m"],
  ])("that is asked for %s asks as a name under models has it, else as it is named", async (model, name, upstream) => {
    await using world = open();
    world.script = answers(200, OK);
    const { operator: asker } = operator(placeOf(world, name, 0));
    expect((await world.read(CHAT, { ...ASK, model }, { operator: asker })).status).toBe(200);
    expect([world.call.provider, JSON.parse(world.call.body).model]).toEqual([name, upstream]);
  });

  test("that is gone serves nothing", async () => {
    await using world = open();
    const { ends, operator: asker } = operator({ provider: "p", keyId: "000000000000" });
    expect((await world.read(CHAT, ASK, { operator: asker })).status).toBe(503);
    expect([world.calls.length, ends[0]?.errorCode]).toEqual([0, "no_usable_key"]);
  });
});
