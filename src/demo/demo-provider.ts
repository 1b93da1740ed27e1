// The provider of `serve --demo` as it would stand in a config file, and what its pretended keys are good for.

/** How a pretended key behaves: `dead` is always refused, `limited` mostly. */
export type DemoKeyKind = "good" | "dead" | "limited";

/** All pretended keys, by secret. */
export const DEMO_KEYS: ReadonlyMap<string, DemoKeyKind> = new Map([
  ["sk-demo-good-one-000001", "good"],
  ["sk-demo-dead-one-000002", "dead"],
  ["sk-demo-good-two-000003", "good"],
  ["sk-demo-limited-000004", "limited"],
  ["sk-demo-good-three-000005", "good"],
]);

/** What the pretended provider lists; chat and responses take any other name too. */
export const DEMO_MODELS = ["demo-small", "demo-large", "demo-embedding"] as const;

/** The raw entry for `providers`. Its host can never resolve (RFC 6761 section 6.4). */
export function demoProvider() {
  return {
    name: "demo",
    base_url: "https://demo.invalid/v1",
    api_keys: [...DEMO_KEYS.keys()].map((key) => ({ key, name: key.replace(/^sk-|-\d+$/g, "") })),
    test_model: DEMO_MODELS[0],
  };
}
