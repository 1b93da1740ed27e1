// Client tokens of the store over restarts, beside those of the configuration.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { one } from "../admin/run-operation.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { openLab, providerAt } from "./instance-lab.ts";

const bearer = (secret: unknown) => ({ authorization: `Bearer ${String(secret)}` });

test("a stored token, its use and its limits come back after a restart", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const config = { providers: [providerAt(upstream.url, "main", [fakeSecret("key")])] };
  await using lab = await openLab({ config });
  const { secret } = await one("tokens.add", lab.ports, { name: "ci", tpd: 50 });
  expect((await lab.chat("gpt-4o-mini", bearer(secret))).status).toBe(200);
  const before = await one("tokens.list", lab.ports, {});
  await using next = await lab.restart({ config });
  expect(await one("tokens.list", next.ports, {})).toEqual(before);
  expect((await next.chat("gpt-4o-mini")).status).toBe(401);
  const full = await next.chat("gpt-4o-mini", bearer(secret));
  expect([full.status, JSON.parse(await full.text()).error.code]).toEqual([429, "token_limit_exceeded"]);
});

test("one of the configuration is listed, and neither revoked nor rotated", async () => {
  const config = { auth: { client_tokens: [{ name: "team", token: fakeSecret("team"), rpm: 5 }] }, providers: [] };
  await using lab = await openLab({ config });
  const { tokens } = await one("tokens.list", lab.ports, {});
  const place = "config.yaml:1:27";
  expect(tokens).toMatchObject([{ name: "team", source: "configuration", place, limits: [{ name: "rpm", limit: 5 }] }]);
  const done = await one("tokens.revoke", lab.ports, { tokens: ["team"] });
  expect(done).toMatchObject({
    revoked: [],
    refused: [{ name: "team", why: `it comes from ${place}: change it there` }],
  });
  await expect(one("tokens.rotate", lab.ports, { token: "team" })).rejects.toThrow(`it comes from ${place}`);
  await expect(one("tokens.add", lab.ports, { name: "team" })).rejects.toThrow("Another client token has this name");
});

test("each change says in the log whose token it was, by name", async () => {
  await using lab = await openLab({ config: { providers: [] } });
  for (const name of ["ci", "team"]) await one("tokens.add", lab.ports, { name });
  await one("tokens.rotate", lab.ports, { token: "ci" });
  await one("tokens.revoke", lab.ports, { tokens: ["ci", "team"] });
  const changes = (await lab.log()).filter(({ msg }) => msg === "Client tokens changed");
  expect(changes.map(({ added, changed, revoked }) => ({ added, changed, revoked }))).toEqual([
    { added: ["ci"], changed: undefined, revoked: undefined },
    { added: ["team"], changed: undefined, revoked: undefined },
    { added: undefined, changed: ["ci"], revoked: undefined },
    { added: undefined, changed: undefined, revoked: ["ci", "team"] },
  ]);
});

describe("a store that cannot be read lets nobody in without a token", () => {
  test.each([
    ["of a newer version", '{"format":"openai-balance tokens","version":9}'],
    ["that is damaged", "nothing of use"],
  ])("%s", async (_name, text) => {
    const prepare = (folder: string) => writeFileSync(join(folder, "tokens.json"), text, { mode: 0o600 });
    await using lab = await openLab({ config: { providers: [] }, prepare });
    expect(lab.notes.join()).toContain("tokens.json");
    expect((await lab.chat("gpt-4o-mini")).status).toBe(401);
  });
});

test("stored tokens let a daemon listen to other machines, and close it when they are gone", async () => {
  const here = { providers: [] };
  const everywhere = { server: { host: "0.0.0.0" }, providers: [] };
  await using lab = await openLab({ config: here });
  await one("tokens.add", lab.ports, { name: "ci" });
  await using next = await lab.restart({ config: everywhere });
  expect((await next.chat("m")).status).toBe(401);
  await one("tokens.revoke", next.ports, { tokens: ["ci"] });
  expect((await next.chat("m")).status).toBe(403);
});

test("thousands of tokens: one more is in effect without compiling all again", async () => {
  await using lab = await openLab({ config: { providers: [] } });
  for (let i = 0; i < 3; i += 1) await one("tokens.add", lab.ports, { name: `t${i}`, models: ["gpt-*"] });
  const before = lab.instance.tokens.all;
  await one("tokens.add", lab.ports, { name: "last" });
  expect(lab.instance.tokens.all.slice(0, 3).every((token, at) => token === before[at])).toBe(true);
});
