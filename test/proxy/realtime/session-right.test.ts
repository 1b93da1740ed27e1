// How long who opened a session may use it.
import { expect, test } from "bun:test";
import { SessionRight } from "../../../src/proxy/realtime/session-right.ts";
import { ClientTokens } from "../../../src/tokens/client-tokens.ts";

const START = 1_000_000;
const secret = (name: string) => `fake-token-of-${name}`;

function lab(...names: readonly string[]) {
  const clock = { now: START };
  const tokens = new ClientTokens(() => clock.now);
  const configure = (...list: readonly string[]) =>
    tokens.configure(
      list.map((name) => ({ name, token: secret(name), rules: { expiresAt: START + 1_000 } })),
      [],
    );
  configure(...names);
  const tokenId = tokens.find(secret("a"))?.id;
  const right = new SessionRight({ tokenId, tokens: () => tokens.all, now: () => clock.now });
  return { clock, configure, right };
}

test("a session goes on while its token counts, whatever happens to others", () => {
  const { right, configure } = lab("a", "b");
  expect(right.holds).toBeTrue();
  configure("c", "a");
  expect(right.holds).toBeTrue();
  configure("c");
  expect(right.holds).toBeFalse();
  configure("a");
  expect(right.holds).toBeTrue();
});

test("it ends when its token expires", () => {
  const { right, clock } = lab("a");
  clock.now += 999;
  expect(right.holds).toBeTrue();
  clock.now += 1;
  expect(right.holds).toBeFalse();
});

test("a session that was opened without a token ends when one is needed", () => {
  const { right, configure } = lab();
  expect(right.holds).toBeTrue();
  configure("b");
  expect(right.holds).toBeFalse();
});
