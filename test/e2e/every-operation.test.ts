// Every operation of the OpenAI API through the daemon, called with the official SDK: bytes, keys, kinds of answers.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readOpenAiOperations, type TableRow } from "../fixture/openai-operations.ts";
import {
  type Exercise,
  exerciseOf,
  expectRelayed,
  expectUnderstood,
  kindsOf,
  LAB_TOKEN,
  labClient,
  startOperationLab,
} from "../fixture/operation-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const OWNER = fakeSecret("operations_owner");
const POOL = [fakeSecret("operations_a"), OWNER, fakeSecret("operations_c")];
const OTHER = fakeSecret("operations_other");

const ROWS = readOpenAiOperations();
/** These are answered here, from the lists of all providers. */
const isModelList = ({ method, path }: TableRow) => method === "GET" && path.startsWith("/models");
const RELAYED = ROWS.filter((row) => !isModelList(row));
const keysOf = ({ key }: TableRow) => (key === "any" ? POOL : [OWNER]);
const named = (...names: readonly string[]) => ROWS.filter(({ name }) => names.includes(name));

const EXERCISES: readonly Exercise[] = [
  ...RELAYED.flatMap((row) => kindsOf(row).map((kind) => exerciseOf(row, kind, { keys: keysOf(row) }))),
  ...named("audio.transcriptions.create", "audio.translations.create").map((row) =>
    exerciseOf(row, "text", { fields: { response_format: "srt" }, keys: POOL }),
  ),
  ...named("audio.speech.create").map((row) =>
    exerciseOf(row, "events", { fields: { stream_format: "sse" }, keys: POOL }),
  ),
];
const ROUTED = RELAYED.filter(({ key }) => key === "any").map((row) =>
  exerciseOf(row, kindsOf(row)[0], { label: "by model", fields: { model: "elsewhere" }, keys: [OTHER] }),
);

const lab = await startOperationLab({
  exercises: [...EXERCISES, ...ROUTED],
  config: (base_url) => ({
    providers: [
      {
        name: "main",
        base_url,
        api_keys: ["a", "owner", "c"].map((name, index) => ({ name, key: POOL[index] })),
        stateful_key: "owner",
      },
      { name: "other", base_url, api_keys: [OTHER] },
    ],
    models: { elsewhere: ["other/elsewhere"] },
  }),
});
afterAll(() => lab[Symbol.asyncDispose]());

describe("goes through the daemon and back unchanged", () => {
  test.each(EXERCISES)("$id", async (one) => {
    const outcome = lab.outcomeOf(one);
    expect(outcome.calls).toHaveLength(1);
    expectRelayed(one, outcome, outcome.calls[0]);
    await expectUnderstood(one, outcome);
  });

  test("to the other keys too where any will do", () => {
    const forAny = EXERCISES.filter(({ row }) => row.key === "any");
    const used = new Set(forAny.map((one) => lab.outcomeOf(one).calls[0]?.key));
    for (const key of POOL) if (key !== OWNER) expect(used).toContain(key);
  });
});

describe("goes to the provider of its model", () => {
  test.each(ROUTED)("$id", (one) => {
    const outcome = lab.outcomeOf(one);
    expect(outcome.calls).toHaveLength(1);
    expectRelayed(one, outcome, outcome.calls[0]);
  });
});

describe("HEAD is asked of the upstream", () => {
  const paths = RELAYED.filter(({ method }) => method === "GET").map(({ path }) => path.replace(/\?.*/, ""));

  test.each([...new Set(paths)])("%s", async (path) => {
    const target = `/v1${path.replaceAll("{id}", "id-head")}?x=a%20b&x=c`;
    const headers = { authorization: `Bearer ${LAB_TOKEN}` };
    lab.upstream.otherwise(() => new Response(null, { status: 203, headers: { etag: '"head"' } }));
    const answer = await lab.daemon.ask(target, { method: "HEAD", headers });
    const { method, path: asked, key } = lab.upstream.calls.at(-1) ?? {};
    expect({ method, asked, key }).toEqual({ method: "HEAD", asked: target, key: OWNER });
    expect({ status: answer.status, text: answer.text, etag: answer.headers.get("etag") }).toEqual({
      status: 203,
      text: "",
      etag: '"head"',
    });
  });
});

test("the model list is answered from what the providers list", async () => {
  const client = labClient(`${lab.daemon.url}/v1`);
  await until("the model list", async () => (await client.models.list()).data.length > 1);
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["m", "elsewhere"]);
  expect((await client.models.retrieve("m")).id).toBe("m");
});
