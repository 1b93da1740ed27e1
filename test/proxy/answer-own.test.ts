// Paths of our own are for whom they are meant.
import { describe, expect, test } from "bun:test";
import { loadValid } from "../config/load.ts";
import { provider, World, worldOf } from "./fixtures.ts";

const ADMIN = "fake-admin-token-0001";
const asAdmin = { headers: { authorization: `Bearer ${ADMIN}` } };

const PEER = { address: "127.0.0.1", liftIdleTimeout: () => {}, restoreIdleTimeout: () => {} };

function ask(world: World, init: RequestInit = {}): Promise<Response> {
  return world.handler.handle(new Request("http://localhost/metrics", init), PEER);
}

describe("/metrics", () => {
  test.each([
    [{}, "auth.admin_token, and none is configured)"],
    [{ auth: { admin_token: ADMIN } }, "auth.admin_token)"],
  ])("says what it takes (%j)", async (config, words) => {
    await using world = worldOf(1, {}, config);
    expect(await (await ask(world)).text()).toContain(words);
  });

  test.each([
    ["with the admin token", { auth: { admin_token: ADMIN } }, asAdmin, 200],
    ["with it, but without Bearer", { auth: { admin_token: ADMIN } }, { headers: { authorization: ADMIN } }, 200],
    ["without it", { auth: { admin_token: ADMIN } }, {}, 401],
    ["where none is configured", {}, asAdmin, 401],
    ["to everybody where that is wanted", { metrics: { public: true } }, {}, 200],
    ["to nobody where it is off", { auth: { admin_token: ADMIN }, metrics: { enabled: false } }, asAdmin, 404],
    ["to no write", { metrics: { public: true } }, { method: "POST" }, 405],
  ])("answers %s: %o", async (_, rest, init, status) => {
    await using world = worldOf(1, {}, rest);
    const answer = await ask(world, init);
    expect(answer.status).toBe(status);
    // It is no request of the API.
    expect([world.traces, world.handler.inFlight]).toEqual([[], 0]);
  });

  test("is no path that a provider can have", () => {
    expect(() => loadValid({ yaml: JSON.stringify({ providers: [provider("metrics")] }) })).toThrow("is reserved");
  });

  test("follows the configuration in use", async () => {
    await using world = worldOf(1, {}, { metrics: { public: true } });
    await using closed = new World({ providers: [provider("p")] });
    await world.handler.use(closed.setup);
    expect((await ask(world)).status).toBe(401);
  });
});
