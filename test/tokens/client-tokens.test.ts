// Which token a secret is where several places know it.
import { expect, test } from "bun:test";
import { ClientTokens } from "../../src/tokens/client-tokens.ts";
import { newStoredToken, rotatedToken } from "../../src/tokens/stored-token.ts";
import { START } from "../balancer/fixtures.ts";
import { SECRET } from "./fixtures.ts";

const AT = new Date(START).toISOString();
const UNTIL = new Date(START + 1_000).toISOString();

test("the configuration's word on a secret counts, also where the store knows it as an older one", () => {
  const tokens = new ClientTokens(() => START);
  const stored = newStoredToken({ name: "stored", secret: SECRET, rules: {}, addedAt: AT });
  const rotated = rotatedToken(stored, "fake-client-token-after", { at: AT, until: UNTIL });
  tokens.configure([{ name: "written", token: SECRET, rules: { providers: ["p"] } }], []);
  for (const list of [[stored], [rotated]]) {
    tokens.useStored(list, { isComplete: true });
    expect(tokens.find(SECRET)).toMatchObject({ name: "written", origin: "config", rules: { providers: ["p"] } });
  }
  expect(tokens.find("fake-client-token-after")?.name).toBe("stored");
});
