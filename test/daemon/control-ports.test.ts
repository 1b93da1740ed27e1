// What control operations act on: the log with its filters and its end, models that are fetched, and the key store.
import { describe, expect, test } from "bun:test";
import { appendFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/core/exit-codes.ts";
import { maskSecret } from "../../src/core/redaction.ts";
import { UserError } from "../../src/core/user-error.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { type Call, startUpstream } from "../fixture/upstream.ts";
import { type Lab, openLab, providerAt } from "./instance-lab.ts";

const record = (fields: object) =>
  `${JSON.stringify({ level: "info", time: "2027-01-15T08:00:00.000Z", ...fields })}\n`;

async function messages(lab: Lab, query: object): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const { line } of lab.control.stream("daemon.log", query)) found.push(JSON.parse(line).msg);
  return found;
}

describe("the log", () => {
  const prepare = (folder: string) => {
    const lines = [
      record({ msg: "one", status: 200, provider: "openai" }),
      record({ msg: "two", status: 429, provider: "groq", model: "gpt-4o" }),
      record({ msg: "three", level: "warn", status: 500, time: "2027-01-15T09:00:00.000Z" }),
      record({ msg: "four", request_id: "req_1", key: "team-a" }),
    ];
    writeFileSync(join(folder, "daemon.log"), lines.join(""));
  };

  test.each<[object, readonly string[]]>([
    [{}, ["one", "two", "three", "four"]],
    [{ last: 2 }, ["three", "four"]],
    [{ last: 0 }, []],
    [{ status: "4xx" }, ["two"]],
    [{ provider: "groq" }, ["two"]],
    [{ model: "gpt-4o" }, ["two"]],
    [{ id: "req_1" }, ["four"]],
    [{ key: "team-a" }, ["four"]],
    [{ since: "2027-01-15T08:30:00Z" }, ["three"]],
    [{ errors: true, last: 1 }, ["three"]],
  ])("answers %j with %j", async (query, expected) => {
    await using lab = await openLab({ prepare });
    expect(await messages(lab, query)).toEqual([...expected]);
  });

  test("that is not there has nothing to say", async () => {
    await using lab = await openLab();
    expect(await messages(lab, {})).toEqual([]);
  });

  test("is followed until the reader leaves", async () => {
    await using lab = await openLab({ prepare });
    const stop = new AbortController();
    const items = lab.control.stream("daemon.log", { follow: true, last: 1 }, stop.signal)[Symbol.asyncIterator]();
    expect(JSON.parse((await items.next()).value?.line ?? "{}").msg).toBe("four");
    const next = items.next();
    appendFileSync(join(lab.dataFolder, "daemon.log"), record({ msg: "five" }));
    expect(JSON.parse((await next).value?.line ?? "{}").msg).toBe("five");
    const last = items.next();
    stop.abort();
    expect(await last).toMatchObject({ done: true });
  });

  test("that cannot be read is told as what it is", async () => {
    await using lab = await openLab({ prepare: (folder) => symlinkSync("daemon.log", join(folder, "daemon.log")) });
    const error = await messages(lab, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      exitCode: EXIT.failed,
      message: `Cannot read ${join(lab.dataFolder, "daemon.log")}: a symbolic link is not followed there, or leads to itself`,
    });
  });
});

describe("models", () => {
  test("are fetched where they are not known yet, once, and only those that are asked for", async () => {
    await using upstream = startUpstream({ otherwise: openai });
    const providers = ["a", "b"].map((name) => providerAt(upstream.url, name, [fakeSecret(name)]));
    await using lab = await openLab({ config: { providers } });
    await lab.control.call("models", { provider: "b" });
    expect(upstream.listings.map(({ key }) => key)).toEqual([fakeSecret("b")]);
    const { unavailable } = await lab.control.call("models", {});
    await lab.control.call("models", {});
    expect([upstream.listings.length, unavailable]).toEqual([2, []]);
  });

  test("show no key, whatever a provider lists", async () => {
    const listing = ({ key }: Call) => Response.json({ data: [{ id: `of-${key}` }] });
    await using upstream = startUpstream({ otherwise: openai, listing });
    await using lab = await openLab({ config: { providers: [providerAt(upstream.url, "a", [fakeSecret("listed")])] } });
    const { models } = await lab.control.call("models", {});
    const shown = `of-${maskSecret(fakeSecret("listed"))}`;
    expect(models).toEqual([{ id: shown, kind: "model", route: [[`a/${shown}`]] }]);
  });
});

describe("hasPlaceFor", () => {
  const key = (provider: string) => ({ provider, secret: fakeSecret("k"), added_at: "2027-01-15T08:00:00Z" });

  test.each<[string, Parameters<typeof openLab>[0], string, boolean]>([
    ["a preset, without any configuration", {}, "groq", true],
    ["no preset, without any configuration", {}, "in-house", false],
    ["a preset beside API_KEYS", { env: { API_KEYS: fakeSecret("seed") } }, "groq", false],
    ["a provider of the file", { config: { providers: [{ name: "groq" }] } }, "groq", true],
    ["a preset that is not in the file", { config: { providers: [] } }, "groq", false],
  ])("of %s", async (_what, options, provider, expected) => {
    await using lab = await openLab(options);
    expect(lab.ports.keys.hasPlaceFor(key(provider))).toBe(expected);
    expect(lab.ports.keys.list()).toEqual([]);
  });
});
