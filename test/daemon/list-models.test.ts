// What can be asked for and where it goes: the same ids as the model list, each on the way that a request takes.
import { describe, expect, test } from "bun:test";
import { modelEntries } from "../../src/daemon/list-models.ts";
import { answers, OK, provider, World } from "../proxy/fixtures.ts";

const listed = (...ids: readonly string[]) =>
  new TextEncoder().encode(JSON.stringify({ data: ids.map((id) => ({ id, object: "model" })) }));

function open(): World {
  const world = new World({
    providers: [
      provider("q", 1, { models: { exclude: ["hidden*"] } }),
      provider("p", 1),
      provider("r", 1),
      provider("off", 1, { enabled: false }),
    ],
    rest: {
      default_provider: "p",
      models: { fast: [["p/both", "q/both"], "r/x"], both: ["q/only-q"], gone: ["off/x"], half: ["off/x", "r/y"] },
    },
  });
  world.catalog.take("p", listed("both", "only-p", "shared", "q/x"));
  world.catalog.take("q", listed("shared", "only-q", "hidden-1", "org/name"));
  world.script = answers(200, OK);
  return world;
}

describe("modelEntries", () => {
  test("lists each id once, from the provider that gets it, and the aliases that lead somewhere", async () => {
    await using world = open();
    expect(modelEntries(undefined, world.setup, world.catalog)).toEqual({
      models: [
        { id: "only-p", kind: "model", route: [["p/only-p"]] },
        { id: "shared", kind: "model", route: [["p/shared"]] },
        { id: "q/x", kind: "model", route: [["p/q/x"]] },
        { id: "only-q", kind: "model", route: [["q/only-q"]] },
        { id: "org/name", kind: "model", route: [["q/org/name"]] },
        { id: "fast", kind: "alias", route: [["p/both", "q/both"], ["r/x"]] },
        { id: "both", kind: "alias", route: [["q/only-q"]] },
        { id: "half", kind: "alias", route: [["r/y"]] },
      ],
      unavailable: ["r"],
    });
  });

  test("lists of one provider what its own path offers, with its patterns and without aliases", async () => {
    await using world = open();
    expect(modelEntries("q", world.setup, world.catalog)).toEqual({
      models: ["shared", "only-q", "org/name"].map((id) => ({ id, kind: "model", route: [[`q/${id}`]] })),
      unavailable: [],
    });
    expect(modelEntries("r", world.setup, world.catalog)).toEqual({ models: [], unavailable: ["r"] });
  });

  test.each(["off", "nobody"])("lists nothing of %s, which serves nothing", async (name) => {
    await using world = open();
    expect(modelEntries(name, world.setup, world.catalog)).toEqual({ models: [], unavailable: [] });
  });

  test.each([undefined, "q", "p"])("lists for %p what GET /models lists, and says where it goes", async (name) => {
    await using world = open();
    const { models } = modelEntries(name, world.setup, world.catalog);
    const form = name === undefined ? "" : `/${name}`;
    const list = JSON.parse((await world.read(`${form}/v1/models`)).text) as { data: { id: string }[] };
    expect(models.map(({ id }) => id)).toEqual(list.data.map(({ id }) => id));
    for (const { id, route } of models) {
      await world.read(`${form}/v1/chat/completions`, { model: id });
      const [attempt] = world.trace.attempts;
      expect(route[0] ?? []).toContain(`${attempt?.provider}/${attempt?.model}`);
    }
  });
});
