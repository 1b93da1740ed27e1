// What a plan puts into the text of a config file.
import { expect, setDefaultTimeout, test } from "bun:test";
import { parse } from "yaml";
import { editText } from "../../src/import/edit-text.ts";
import { fitPlan } from "../../src/import/fit-plan.ts";
import { PlanDraft } from "../../src/import/plan-draft.ts";

setDefaultTimeout(60_000);

const TOKENS = 1_000;
const ROUTES = 300;

test("thousands of client tokens and routes are added after what is there, each once", () => {
  const draft = new PlanDraft("one-api");
  for (let number = 0; number < TOKENS; number++)
    draft.token({ token: `fake-token-${number}`, name: `app-${number}`, models: ["gpt-4o"] }, "");
  for (let number = 0; number < ROUTES; number++) draft.route(`model-${number}`, [[`a/m${number}`], [`b/m${number}`]]);
  const text =
    "auth:\n  client_tokens:\n    - fake-mine # the app\nmodels:\n  own: [a/b] # mine\n  model-3: [a/other]\n";
  const { tokens, settings, ...edited } = editText(text, fitPlan(draft.finish(), []), {
    isNew: false,
    tokenIds: new Set(),
    tokenNames: new Set(["app-7"]),
  });
  expect(new Set(tokens)).toEqual(new Set(["set"]));
  expect(settings.filter((outcome) => outcome === "kept").length).toBe(1);
  expect(edited.text).toContain("- fake-mine # the app\n");
  expect(edited.text).toContain("own: [a/b] # mine\n");
  const { auth, models } = parse(edited.text);
  expect(auth.client_tokens.length).toBe(1 + TOKENS);
  expect(auth.client_tokens[8]).toEqual({ name: "app-7-2", token: "fake-token-7", models: ["gpt-4o"] });
  expect(Object.keys(models).length).toBe(1 + ROUTES);
  expect(models).toMatchObject({ "model-3": ["a/other"], "model-299": ["a/m299", "b/m299"] });
});
