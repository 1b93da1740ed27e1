// The cookie of a session, as browsers get and send it.
import { describe, expect, test } from "bun:test";
import { newSessionSecret } from "../../../src/admin/access/page-secrets.ts";
import { endedCookie, sessionCookie, sessionSecretsIn } from "../../../src/admin/access/session-cookie.ts";

const PLAIN = { instance: "0a1b2c3d", isSecure: false };
const SECURE = { ...PLAIN, isSecure: true };
const SECRET = newSessionSecret();
const OTHER = newSessionSecret();

describe("sessionCookie", () => {
  test("is for /admin, for no script and no other site", () => {
    expect(sessionCookie(SECRET, PLAIN)).toBe(
      `openai-balance-0a1b2c3d=${SECRET}; Path=/admin; HttpOnly; SameSite=Strict`,
    );
  });

  test("over HTTPS is Secure, and named so that nobody can set it without", () => {
    expect(sessionCookie(SECRET, SECURE)).toBe(
      `__Secure-openai-balance-0a1b2c3d=${SECRET}; Path=/admin; HttpOnly; SameSite=Strict; Secure`,
    );
  });

  test("is forgotten under the same name and path", () => {
    expect(endedCookie(SECURE)).toBe(
      "__Secure-openai-balance-0a1b2c3d=; Path=/admin; HttpOnly; SameSite=Strict; Secure; Max-Age=0",
    );
  });
});

describe("sessionSecretsIn", () => {
  const name = "openai-balance-0a1b2c3d";
  test.each<[string | null, readonly string[]]>([
    [null, []],
    ["", []],
    [`${name}=${SECRET}`, [SECRET]],
    [`a=b; ${name}=${SECRET};c`, [SECRET]],
    [`${name}=x; ${name}=${OTHER}; ${name}=${SECRET}`, [OTHER, SECRET]],
    [`__Secure-${name}=${SECRET}`, []],
    [`openai-balance-ffffffff=${SECRET}`, []],
    [`x${name}=${SECRET}`, []],
    [`${name}="${SECRET}"`, []],
    [`${name}=${SECRET}x`, []],
    [`${name}=`, []],
  ])("%j", (header, found) => {
    expect(sessionSecretsIn(header, PLAIN)).toEqual([...found]);
  });

  test("takes over HTTPS only what was set over HTTPS", () => {
    expect(sessionSecretsIn(`${name}=${SECRET}`, SECURE)).toEqual([]);
    expect(sessionSecretsIn(`__Secure-${name}=${SECRET}`, SECURE)).toEqual([SECRET]);
  });

  test("looks at a few of a name only", () => {
    const many = Array.from({ length: 50 }, () => `${name}=x`).join("; ");
    expect(sessionSecretsIn(`${many}; ${name}=${SECRET}`, PLAIN)).toEqual([]);
  });
});
