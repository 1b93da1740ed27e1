// Which provider gets a model: every rule, and every conflict between two of them.
import { describe, expect, test } from "bun:test";
import { compileGlobs } from "../../../src/core/glob.ts";
import {
  type RoutedModel,
  type RouteRule,
  type RoutingProvider,
  type RoutingView,
  routeModel,
  routeToProvider,
} from "../../../src/proxy/models/route-model.ts";

interface Given {
  readonly path?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly list?: readonly string[];
}

function provider(
  name: string,
  { path = name, include = ["*"], exclude = [], list = [] }: Given = {},
): RoutingProvider {
  const isIncluded = compileGlobs(include);
  const isExcluded = compileGlobs(exclude);
  return {
    name,
    path,
    allows: (model) => isIncluded(model) && !isExcluded(model),
    includes: (model) => include.includes(model) && !/[*?]/.test(model),
    lists: (model) => list.includes(model),
  };
}

const aliases: RoutingView["aliases"] = new Map([
  ["fast", [[{ provider: "deepseek", model: "chat" }], [{ provider: "main", model: "mini" }]]],
  [
    "even",
    [
      [
        { provider: "main", model: "big" },
        { provider: "deepseek", model: "big" },
      ],
    ],
  ],
  ["mini", [[{ provider: "deepseek", model: "mini" }]]],
  ["deepseek/chat", [[{ provider: "main", model: "mini" }]]],
  ["half", [[{ provider: "off", model: "x" }], [{ provider: "main", model: "x" }]]],
  [
    "side",
    [
      [
        { provider: "off", model: "x" },
        { provider: "main", model: "x" },
      ],
    ],
  ],
  ["filtered", [[{ provider: "main", model: "old-preview" }], [{ provider: "deepseek", model: "x" }]]],
  ["dead", [[{ provider: "off", model: "x" }]]],
]);

const view: RoutingView = {
  defaultProvider: "main",
  providers: [
    provider("first", { list: ["shared", "of-first", "both"], exclude: ["of-first"] }),
    provider("main", {
      path: "m",
      include: ["*", "vendor/pinned", "deepseek/pinned", "old-preview"],
      exclude: ["*-preview", "off-limits"],
      list: ["mini", "both", "deepseek/listed", "listed-preview"],
    }),
    provider("deepseek", {
      path: "ds",
      list: ["chat", "shared", "only-deepseek", "listed-preview"],
      exclude: ["secret"],
    }),
    provider("ds", { path: "other", list: ["a/b/c"] }),
  ],
  aliases,
};

/** `provider:model` of every target; `,` within a tier, `>` between tiers. */
function shown(routed: RoutedModel): string {
  if (!routed.ok) return routed.code;
  return routed.route
    .map((tier) => tier.map((target) => `${target.provider}:${target.model ?? "-"}`).join(","))
    .join(" > ");
}

describe("routeModel", () => {
  test.each([
    // 1: a name under `models:`.
    ["fast", "deepseek:chat > main:mini"],
    ["even", "main:big,deepseek:big"],
    ["mini", "deepseek:mini"], // before the default provider's list
    ["deepseek/chat", "main:mini"], // before the prefix
    ["half", "main:x"],
    ["side", "main:x"],
    ["filtered", "deepseek:x"],
    ["dead", "model_not_found"],
    ["Fast", "main:Fast"],
    // 2: the default provider knows the full id.
    ["both", "main:both"], // before another provider's list
    ["deepseek/listed", "main:deepseek/listed"], // before the prefix
    ["deepseek/pinned", "main:deepseek/pinned"],
    ["vendor/pinned", "main:vendor/pinned"],
    // 3: the text before the first slash names a provider.
    ["deepseek/anything", "deepseek:anything"],
    ["deepseek/a/b", "deepseek:a/b"],
    ["main/mini", "main:mini"],
    ["m/mini", "main:mini"],
    ["ds/x", "ds:x"], // a name before a path
    ["other/x", "ds:x"],
    ["first/shared", "first:shared"],
    ["deepseek/secret", "main:deepseek/secret"], // filtered there: absent there
    ["Deepseek/x", "main:Deepseek/x"],
    ["off/x", "main:off/x"],
    ["deepseek/", "main:deepseek/"],
    ["/deepseek", "main:/deepseek"],
    // 4: the first other provider whose list has it.
    ["shared", "first:shared"],
    ["only-deepseek", "deepseek:only-deepseek"],
    ["a/b/c", "ds:a/b/c"],
    ["of-first", "main:of-first"], // listed, but filtered
    ["listed-preview", "deepseek:listed-preview"], // filtered at the default provider, which lists it too
    // 5: the default provider.
    ["unheard-of", "main:unheard-of"],
    ["vendor/model", "main:vendor/model"],
    ["", "main:"],
    ["off-limits", "model_not_found"],
    ["new-preview", "model_not_found"],
    ["old-preview", "model_not_found"], // excluded although included by name
    [undefined, "main:-"],
  ])("%p goes to %s", (model, expected) => {
    expect(shown(routeModel(model, view))).toBe(expected);
  });

  test.each([
    ["openai/gpt-4o", ["openai/gpt-4o"], "openrouter:openai/gpt-4o"],
    ["openai/gpt-4o", [], "openai:gpt-4o"],
    ["meta-llama/llama-3/free", [], "openrouter:meta-llama/llama-3/free"],
    ["openrouter/auto", ["openrouter/auto"], "openrouter:openrouter/auto"],
    ["openrouter/openai/gpt-4o", ["openai/gpt-4o"], "openrouter:openai/gpt-4o"],
  ])("ids with slashes at a default openrouter: %s with the list %j goes to %s", (model, list, expected) => {
    const providers = [provider("openai"), provider("openrouter", { list })];
    expect(shown(routeModel(model, { defaultProvider: "openrouter", providers, aliases: new Map() }))).toBe(expected);
  });

  test("an include without wildcards is enough where no list is known", () => {
    const providers = [provider("main", { include: ["x/y"] }), provider("x")];
    const narrow: RoutingView = { defaultProvider: "main", providers, aliases: new Map() };
    expect(shown(routeModel("x/y", narrow))).toBe("main:x/y");
    expect(shown(routeModel("x/z", narrow))).toBe("x:z");
    expect(shown(routeModel("z", narrow))).toBe("model_not_found");
  });

  test.each(["x", undefined])("without any provider there is no route for %p", (model) => {
    expect(routeModel(model, { defaultProvider: undefined, providers: [], aliases: new Map() })).toEqual({
      ok: true,
      route: [],
      rule: "default",
    });
  });
});

describe("the rule that chose a route", () => {
  test.each<[string | undefined, RouteRule | undefined]>([
    ["fast", "alias"],
    ["mini", "alias"], // which the default provider lists too
    ["deepseek/chat", "alias"], // which begins with a provider's name too
    ["half", "alias"],
    ["both", "default-has-it"],
    ["deepseek/listed", "default-has-it"],
    ["vendor/pinned", "default-has-it"],
    ["deepseek/anything", "prefix"],
    ["m/mini", "prefix"],
    ["main/mini", "prefix"],
    ["shared", "listed"],
    ["only-deepseek", "listed"],
    ["listed-preview", "listed"],
    ["unheard-of", "default"],
    ["deepseek/secret", "default"],
    ["of-first", "default"],
    [undefined, "default"],
    ["dead", undefined],
    ["off-limits", undefined],
  ])("of %p is %p", (model, rule) => {
    const routed = routeModel(model, view);
    expect(routed.ok ? routed.rule : undefined).toBe(rule);
  });

  test("is `named` where the request names its provider", () => {
    expect(routeToProvider(provider("main"), "x")).toMatchObject({ ok: true, rule: "named" });
    expect(routeToProvider(provider("main"), undefined)).toMatchObject({ ok: true, rule: "named" });
  });
});

describe("routeToProvider", () => {
  const deepseek = provider("deepseek", { exclude: ["secret"] });
  test.each([
    ["fast", "deepseek:fast"], // no alias
    ["main/mini", "deepseek:main/mini"], // no other provider
    ["deepseek/x", "deepseek:deepseek/x"], // no prefix cut
    ["secret", "model_not_found"],
    [undefined, "deepseek:-"],
  ])("%p goes to %s", (model, expected) => {
    expect(shown(routeToProvider(deepseek, model))).toBe(expected);
  });
});
