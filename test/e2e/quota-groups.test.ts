// Keys that share the limit of an organisation: what one is refused, the others of its group are not asked for.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { startBalanced } from "../fixture/balanced.ts";
import { rateLimited } from "../fixture/behaviours.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const NAMES = ["a1", "a2", "b1"] as const;
type Name = (typeof NAMES)[number];
const keyOf = (name: Name) => fakeSecret(`group_${name}`);

interface Lab {
  /** What each answer says; absent: nothing. */
  readonly organizations?: Readonly<Record<Name, string>>;
  /** `quota_group` of each key. */
  readonly groups?: Readonly<Record<Name, string>>;
}

async function startLab({ organizations, groups }: Lab) {
  const stack = new AsyncDisposableStack();
  const of =
    (name: Name, answer: Behaviour): Behaviour =>
    async (call) => {
      const response = await answer(call);
      if (organizations !== undefined) response.headers.set("openai-organization", organizations[name]);
      return response;
    };
  const upstream = stack.use(startUpstream({}));
  for (const name of NAMES) upstream.byKey(keyOf(name), of(name, openai));
  const api_keys = NAMES.map((name) => ({
    name,
    key: keyOf(name),
    ...(groups !== undefined && { quota_group: groups[name] }),
  }));
  const models = { include: ["busy", "other"] };
  const balanced = stack.use(
    await startBalanced({ providers: [{ name: "main", base_url: upstream.url, api_keys, models }] }),
  );
  // Each key answers once, so that it is known whose it is.
  await balanced.serially(3, { model: "other" });
  const limit = (name: Name) => {
    const limited = of(name, rateLimited(600));
    upstream.byKey(keyOf(name), (call) => (call.model === "busy" ? limited(call) : of(name, openai)(call)));
  };
  /** Which keys were asked for a model. */
  const asked = (model: string) =>
    NAMES.filter((name) => upstream.calls.some((call) => call.model === model && call.key === keyOf(name)));
  return { balanced, upstream, limit, asked, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const TWO_OF_ONE = { a1: "org-a", a2: "org-a", b1: "org-b" };

describe.each([
  ["as their answers say", { organizations: TWO_OF_ONE }],
  ["as the configuration says", { groups: TWO_OF_ONE }],
  [
    "as the configuration says, whatever the answers do",
    { groups: TWO_OF_ONE, organizations: { a1: "org-1", a2: "org-2", b1: "org-1" } },
  ],
] as const)("two keys of one group, %s", (_name, lab) => {
  test("a 429 of one keeps the other from that model, and nobody else", async () => {
    await using found = await startLab(lab);
    const { balanced, limit, asked, upstream } = found;
    // Whichever of the two is asked first is refused for both.
    limit("a1");
    limit("a2");
    expect(new Set(await balanced.serially(9, { model: "busy" }))).toEqual(new Set([200]));
    const refused = upstream.calls.filter(({ model, key }) => model === "busy" && key !== keyOf("b1"));
    expect(refused).toHaveLength(1);
    expect(asked("busy")).toContain("b1");
    expect(await balanced.obstacles("busy")).toEqual({ a1: ["group_cooling"], a2: ["group_cooling"], b1: [] });
    await balanced.serially(9, { model: "other" });
    // Once each before, and again by both of the group.
    const others = upstream.calls.filter(({ model }) => model === "other").map(({ key }) => key);
    for (const name of NAMES) expect(others.filter((key) => key === keyOf(name)).length).toBeGreaterThan(1);
  });
});

test("who shares a limit is known after a restart, too", async () => {
  await using found = await startLab({ organizations: TWO_OF_ONE });
  const { balanced, limit, upstream } = found;
  limit("a1");
  limit("a2");
  await balanced.serially(4, { model: "busy" });
  const before = upstream.count();
  await balanced.restart();
  expect(await balanced.serially(4, { model: "busy" })).toEqual([200, 200, 200, 200]);
  expect(upstream.calls.slice(before).map(({ key }) => key)).toEqual(Array(4).fill(keyOf("b1")));
  expect(await balanced.obstacles("busy")).toMatchObject({ a1: ["group_cooling"], a2: ["group_cooling"] });
});

test("the configuration can part what the answers put together", async () => {
  await using found = await startLab({ organizations: TWO_OF_ONE, groups: { a1: "one", a2: "two", b1: "three" } });
  const { balanced, limit, asked } = found;
  limit("a1");
  expect(new Set(await balanced.serially(9, { model: "busy" }))).toEqual(new Set([200]));
  expect(asked("busy")).toEqual(["a1", "a2", "b1"]);
  const { a2 = [], b1 = [] } = await balanced.obstacles("busy");
  expect([...a2, ...b1]).not.toContain("group_cooling");
});
