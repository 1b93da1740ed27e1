// What a session has cost its token once it is over.
import { expect, test } from "bun:test";
import { settleSession } from "../../../src/proxy/realtime/session-permit.ts";
import { SessionUsage } from "../../../src/proxy/realtime/session-usage.ts";
import { TokenLab } from "../../tokens/fixtures.ts";
import { json } from "./scripted.ts";

const TARGET = { provider: "p", model: "m" };
/** What one answer is taken to have where nobody knows. */
const USUAL = 100;
const CREATED = { type: "response.created", response: { usage: null } };
const DONE = { type: "response.done", response: { usage: { input_tokens: 6, output_tokens: 4 } } };

test.each<[string, number, readonly unknown[]]>([
  ["nothing for a session that computed nothing", 0, [{ type: "session.created" }]],
  ["what was reported", 10, [CREATED, DONE]],
  ["a usual answer for one that was left before its end", USUAL, [CREATED]],
  ["and what was reported before it", 10 + USUAL, [CREATED, DONE, CREATED]],
])("%s", (_name, tokens, events) => {
  const lab = new TokenLab({ tpm: 1_000 });
  const permit = lab.permit(0, USUAL);
  const pipe = new SessionUsage({ onUsage: (usage) => permit.note(usage), onResponse: () => {}, onError: () => {} });
  for (const event of events) pipe.add(json(event));
  settleSession({ pipe }, permit, TARGET);
  expect(lab.used("tpm")).toBe(tokens);
});
