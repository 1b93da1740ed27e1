// What is typed about a new client token becomes the input of its operation.
import { expect, test } from "bun:test";
import { OPERATIONS } from "../../../src/admin/operation-table.ts";
import { EMPTY_DRAFT, hasDays, newTokenOf, type TokenDraft } from "../../../src/page/tokens/token-draft.ts";

const NOW = Date.UTC(2027, 0, 15, 8);
const made = (draft: Partial<TokenDraft>) => newTokenOf({ ...EMPTY_DRAFT, ...draft }, NOW);

test("nothing typed asks for a token without rules", () => {
  expect(made({})).toEqual({});
  expect(made({ name: "  ", models: " \n ", rpm: " " })).toEqual({});
});

test("everything typed is what the operation takes", () => {
  const input = made({
    name: " ci ",
    models: "gpt-4o*, o3\ngpt-4o*",
    providers: ["openai"],
    operations: "chat/completions",
    cidrs: "10.0.0.0/8 fd00::/8",
    expiry: "30d",
    rpm: "60",
    tpm: "100k",
    tpd: " 2M ",
    concurrency: "4",
    budget: "12.5",
    budgetPer: "day",
    day: "Europe/Berlin",
  });
  expect(input).toEqual({
    name: "ci",
    models: ["gpt-4o*", "o3"],
    providers: ["openai"],
    operations: ["chat/completions"],
    cidrs: ["10.0.0.0/8", "fd00::/8"],
    expires: "2027-02-14T08:00:00Z",
    rpm: 60,
    tpm: "100k",
    tpd: "2M",
    concurrency: 4,
    budget: { amount: 12.5, per: "day" },
    day: "Europe/Berlin",
  });
  expect(OPERATIONS.get("tokens.add")?.input.safeParse(input).success).toBe(true);
});

test.each<[Partial<TokenDraft>, boolean]>([
  [{}, false],
  [{ rpm: "60", tpm: "1k" }, false],
  [{ tpd: "1M" }, true],
  [{ budget: "5" }, true],
  [{ budget: "5", budgetPer: "total" }, false],
])("days matter with %j: %p", (draft, matter) => {
  expect(hasDays({ ...EMPTY_DRAFT, ...draft })).toBe(matter);
  expect("day" in made({ ...draft, day: "Europe/Berlin" })).toBe(matter);
});

test("an expiry at a time is that of the browser's clock", () => {
  const at = new Date(2027, 5, 1, 12, 30);
  expect(made({ expiry: "date", expiresAt: "2027-06-01T12:30" }).expires).toBe(at.toISOString().replace(".000Z", "Z"));
});

test("what makes no sense is left for the daemon to say", () => {
  for (const draft of [{ rpm: "many" }, { expiry: "date", expiresAt: "" }] as const)
    expect(OPERATIONS.get("tokens.add")?.input.safeParse(made(draft)).success).toBe(false);
});
