// What is asked of a provider in the background, over real calls, and what that changes.
import { describe, expect, test } from "bun:test";
import { backgroundCalls, startProbes } from "../../src/daemon/background-checks.ts";
import { keyId } from "../admin/every-state.ts";
import { SECOND, START, verdictOf } from "../balancer/fixtures.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { settle } from "../proxy/fixtures.ts";
import { type Lab, openLab, providerAt } from "./instance-lab.ts";

/** As many votes of as many clients as open its breaker. */
function fail(lab: Lab): void {
  const { balancer } = lab.instance;
  for (let i = 0; i < 5; i++) {
    const need = { route: [[{ provider: "main", model: "gpt-4o-mini" }]], operation: "chat", client: `c${i}` };
    const place = { provider: "main", keyId: keyId(lab, "k"), model: "gpt-4o-mini" };
    const attempt = balancer.begin(place, need, START);
    lab.instance.noteChanges(balancer.judge(attempt, verdictOf({ kind: "unreachable" }), START));
    balancer.end(attempt, START);
  }
}

async function start(health: object, fields: object = {}) {
  const upstream = startUpstream({ otherwise: openai });
  const key = { name: "k", key: fakeSecret("k") };
  const lab = await openLab({ config: { health, providers: [providerAt(upstream.url, "main", [key], fields)] } });
  fail(lab);
  lab.now = START + 6 * SECOND;
  const stop = startProbes(lab.instance, backgroundCalls(lab.instance));
  const stateOf = () => lab.ports.pools()[0]?.state;
  return {
    lab,
    asked: () => [...upstream.calls, ...upstream.listings].map(({ method, path }) => `${method} ${path}`),
    stateOf,
    [Symbol.asyncDispose]: async () => {
      stop();
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

describe("a provider on trial is asked", () => {
  test.each([
    ["models", "GET /v1/models"],
    ["chat", "POST /v1/chat/completions"],
  ])("with probe %s by %s, and is up then", async (probe, call) => {
    await using site = await start({ probe });
    await until("the provider is up", () => site.stateOf() === "up");
    expect(site.asked()).toEqual([call]);
    expect((await site.lab.log()).map(({ msg }) => msg)).toEqual([
      "Provider fails, others go first",
      "Provider answers again",
    ]);
  });

  test.each<[string, object, object]>([
    ["while probes are off", { probe: "off" }, {}],
    ["where there is no free call", { probe: "models" }, { probe_path: "none" }],
  ])("by nothing %s", async (_what, health, fields) => {
    await using site = await start(health, fields);
    await settle();
    expect([site.asked(), site.stateOf()]).toEqual([[], "half_open"]);
  });
});
