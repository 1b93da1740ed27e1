// Whose fault a refused credential is where the client may have sent one, or an account, of its own.
import { expect, test } from "bun:test";
import { answers, provider, World } from "../fixtures.ts";

const PATH = "/v1beta/models/x:generateContent";
const REFUSED = { error: { code: 401, message: "Invalid authentication credentials", status: "UNAUTHENTICATED" } };
const FOREIGN_PROJECT = {
  error: {
    code: 403,
    message: "Caller does not have required permission to use project x",
    status: "PERMISSION_DENIED",
    details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "USER_PROJECT_DENIED" }],
  },
};
const ACCOUNT = { headers: { "x-goog-user-project": "x" } };

function world(fields: object = {}): World {
  return new World({ providers: [provider("g", 2, { dialect: "gemini", ...fields })] });
}

/** The keys that rest. */
function resting({ changes }: World): number {
  return changes.filter(({ level }) => level === "key").length;
}

test.each(["?access_token=x", "?alt=sse&access%5Ftoken=x", "?oauth_token=x", "?%24userProject=x"])(
  "the client's, by a credential or a project in the address: %s",
  async (query) => {
    await using asked = world();
    asked.script = answers(401, REFUSED);
    expect((await asked.read(`/g${PATH}${query}`, {})).status).toBe(401);
    expect([asked.calls.length, resting(asked)]).toEqual([1, 0]);
    // It is Google's to take.
    expect(asked.call.call.path).toBe(PATH + query);
  },
);

test.each([
  ["without one", "gemini", `/g${PATH}?alt=sse`],
  ["at a provider that knows none", "openai", "/g/v1/embeddings?access_token=x"],
])("the key's %s", async (_, dialect, target) => {
  await using asked = world({ dialect });
  asked.script = answers(401, REFUSED);
  expect((await asked.read(target, {})).status).toBe(503);
  expect([asked.calls.length, resting(asked)]).toEqual([2, 2]);
});

test("the client's, by a project of its own that the operator lets through", async () => {
  await using asked = world({ pass_organization: true });
  asked.script = answers(403, FOREIGN_PROJECT);
  expect((await asked.read(`/g${PATH}`, {}, ACCOUNT)).status).toBe(403);
  expect([asked.calls.length, resting(asked)]).toEqual([1, 0]);
});

test("a project of the client's own does not go upstream otherwise", async () => {
  await using asked = world();
  asked.script = answers(200, {});
  await asked.read(`/g${PATH}`, {}, ACCOUNT);
  expect(asked.call.call.headers).not.toContain("x-goog-user-project");
});

test.each([
  ["openai", "/v1/organization/costs", { error: { message: "Incorrect API key provided", code: "invalid_api_key" } }],
  [
    "anthropic",
    "/v1/organizations/usage_report/messages",
    { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } },
  ],
])("the client's, where %s takes keys of another kind: %s", async (dialect, path, refused) => {
  await using asked = world({ dialect });
  asked.script = answers(401, refused);
  for (let call = 0; call < 2; call += 1) expect((await asked.read(path)).status).toBe(401);
  expect(asked.changes).toEqual([]);
});

test("nobody's where a tuned model is that of another project, which is found", async () => {
  await using asked = world();
  const message = "You do not have permission to access tuned model tunedModels/t";
  asked.script = (call) =>
    call.call.headers.includes("sk-fake-g-0")
      ? call.json(403, { error: { code: 403, message, status: "PERMISSION_DENIED" } })
      : call.json(200, { candidates: [{ finishReason: "STOP" }] });
  for (let count = 0; count < 4; count += 1) {
    expect((await asked.read("/g/v1beta/tunedModels/t:generateContent", {})).status).toBe(200);
  }
  const [pool] = asked.balancer.report(asked.time.now());
  expect([pool?.keys.map(({ failures }) => failures), resting(asked)]).toEqual([[0, 0], 0]);
});

test("nobody's where a provider has no such operation, however often it is asked for", async () => {
  await using asked = world();
  asked.script = answers(501, { error: { code: 501, message: "Not implemented", status: "UNIMPLEMENTED" } });
  for (let count = 0; count < 10; count += 1) {
    expect((await asked.read("/g/v1beta/nonsense", count % 2 === 0 ? {} : undefined)).status).toBe(501);
  }
  expect(asked.calls).toHaveLength(10);
  asked.script = answers(200, { files: [] });
  expect((await asked.read("/g/v1beta/files")).status).toBe(200);
  expect(asked.changes).toEqual([]);
});

test.each([
  ["/g/v1beta/files/", "/v1beta/files"],
  ["/g/v1beta/files", "https://g.example/v1beta/files/?a=b"],
])("nobody's where a provider wants %s with another end: %s", async (path, location) => {
  await using asked = world();
  asked.script = (call) => void call.head(307, { location });
  for (let count = 0; count < 6; count += 1) {
    const { status, text } = await asked.read(path);
    expect([status, text]).toEqual([502, expect.stringContaining("only with a slash at its end")]);
  }
  expect(asked.changes).toEqual([]);
});

test("nobody's where a provider sends who asks for anything to its own page", async () => {
  await using asked = world();
  asked.script = (call) => void call.head(302, { location: "/login" });
  for (let count = 0; count < 6; count += 1) expect((await asked.read("/g/v1beta/things")).status).toBe(502);
  expect(asked.changes).toEqual([]);
});

test.each(["https://login.example/", "/", "/v1beta/other/", "http://g.example/v1beta/files"])(
  "the provider's where it redirects to %s",
  async (location) => {
    await using asked = world();
    asked.script = (call) => void call.head(302, { location });
    for (let count = 0; count < 5; count += 1) await asked.read("/g/v1beta/files");
    expect(asked.changes.map(({ level }) => level)).toEqual(["provider"]);
  },
);

test.each([
  [404, { code: 404, message: "This model models/x is no longer available to new users.", status: "NOT_FOUND" }],
  [401, { message: "key not allowed to access model.", type: "key_model_access_denied", code: "401" }],
])("the key's for one model, which another one still has, with %i", async (status, error) => {
  await using asked = world({ dialect: "custom" });
  asked.script = (call) =>
    call.call.headers.includes("sk-fake-g-0")
      ? call.json(status, { error })
      : call.json(200, { candidates: [{ finishReason: "STOP" }] });
  for (let count = 0; count < 4; count += 1) expect((await asked.read(`/g${PATH}`, {})).status).toBe(200);
  expect(resting(asked)).toBe(0);
});

test("the key's where its account lacks a permission, although Google adds that nothing may be there", async () => {
  await using asked = world();
  const message = "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform' (or it may not exist).";
  asked.script = (call) =>
    call.call.headers.includes("sk-fake-g-0")
      ? call.json(403, { error: { code: 403, message, status: "PERMISSION_DENIED" } })
      : call.json(200, { candidates: [{ finishReason: "STOP" }] });
  for (let count = 0; count < 4; count += 1) expect((await asked.read(`/g${PATH}`, {})).status).toBe(200);
});
