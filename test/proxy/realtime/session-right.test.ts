// How long who opened a session may use it.
import { expect, test } from "bun:test";
import { SessionRight } from "../../../src/proxy/realtime/session-right.ts";
import { ClientTokens } from "../../../src/tokens/client-tokens.ts";
import { newStoredToken, rotatedToken, type StoredToken } from "../../../src/tokens/stored-token.ts";

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
  const opener = tokens.find(secret("a"));
  const right = new SessionRight({ opener, tokens, now: () => clock.now });
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

test("it ends with the secret that opened it: a new one does not stand for the old, but for as long as that counts", () => {
  const tokens = new ClientTokens(() => START);
  const at = new Date(START).toISOString();
  const stored = newStoredToken({ name: "a", secret: secret("a"), rules: {}, addedAt: at });
  const use = (token: StoredToken) => tokens.useStored([token], { isComplete: true });
  use(stored);
  let now = START;
  const right = new SessionRight({ opener: tokens.find(secret("a")), tokens, now: () => now });
  expect(right.holds).toBeTrue();
  use(rotatedToken(stored, secret("b"), { at, until: new Date(START + 1_000).toISOString() }));
  expect(right.holds).toBeTrue();
  now += 1_000;
  expect(right.holds).toBeFalse();
  now = START;
  use(rotatedToken(stored, secret("b"), { at, until: undefined }));
  expect(right.holds).toBeFalse();
});
