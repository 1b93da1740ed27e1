// Where the admin token is read, and what is none.
import { describe, expect, test } from "bun:test";
import { credentialOf, isAdminToken } from "../../../src/admin/access/admin-token.ts";

const ADMIN = "fake-admin-token";
const TOKEN = "fake-client-token-one";

test.each([
  [{ authorization: `Bearer ${ADMIN}` }, true],
  [{ authorization: `bearer ${ADMIN}` }, true],
  [{ authorization: ADMIN }, true],
  [{ authorization: `Bearer ${TOKEN}` }, false],
  [{ authorization: `Bearer ${ADMIN}x` }, false],
  [{ authorization: "" }, false],
  [{ "x-api-key": ADMIN }, false],
  [{}, false],
])("knows by %j whether it is the operator: %p", (headers, expected) => {
  const credential = credentialOf(new Headers(headers as Record<string, string>));
  expect(isAdminToken(credential, ADMIN)).toBe(expected);
});

describe.each([
  ["no admin token is", undefined],
  ["an empty one is", ""],
])("where %s configured", (_what, configured) => {
  test.each(["", "Bearer ", "Bearer undefined", "undefined"])("%p is none", (authorization) => {
    expect(isAdminToken(credentialOf(new Headers({ authorization })), configured)).toBe(false);
  });
});
