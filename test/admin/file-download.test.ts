// Items as files for a browser: their forms, their names, and that half of one is never taken for a whole one.
import { describe, expect, test } from "bun:test";
import { API_PREFIX, handleApi } from "../../src/admin/api-handler.ts";
import { chosenFile, fileAnswer } from "../../src/admin/file-download.ts";
import { OPERATIONS } from "../../src/admin/operation-table.ts";
import { recordRow } from "../../src/admin/record-rows.ts";
import type { RecordsPort } from "../../src/admin/records-port.ts";
import { START } from "../balancer/fixtures.ts";
import { openLab } from "../daemon/instance-lab.ts";
import { attemptOf, FakeRecords, recordOf } from "./fake-records.ts";

const NEVER = new AbortController().signal;

async function ask(target: string, records: RecordsPort = new FakeRecords()): Promise<Response> {
  const lab = await openLab({});
  try {
    return await handleApi(target.replace(/\?.*/, ""), new Request(`http://localhost${API_PREFIX}${target}`), {
      ports: { ...lab.ports, records, now: () => START },
      isOwner: false,
      ending: NEVER,
      schedule: () => () => {},
      redact: (text) => text,
      onBug: () => {},
    });
  } finally {
    await lab[Symbol.asyncDispose]();
  }
}

describe("logs.export as a file", () => {
  const hostile = '=cmd|"/c calc",\r\n<script>';
  const records = new FakeRecords([
    recordOf({ id: "req_plain" }),
    recordOf({ id: "req_hostile", model: hostile, tries: [attemptOf({ message: 'said "no"' })], status: undefined }),
  ]);

  test("of JSON lines has a name with its time", async () => {
    const answer = await ask("logs.export?download=ndjson", records);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    const stamp = new Date(START).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
    expect(answer.headers.get("content-disposition")).toBe(
      `attachment; filename="openai-balance-requests-${stamp}.ndjson"`,
    );
    const lines = (await answer.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: "req_plain", tries: [] },
      { id: "req_hostile", model: hostile, tries: [{ blame: "key" }] },
    ]);
  });

  test.each([
    ["a space before it", " =1+1", "' =1+1"],
    ["a line feed before it", "\n=1+1", `"'\n=1+1"`],
    ["a wide sign", "\uFF1D1+1", "'\uFF1D1+1"],
    ["a semicolon before it", "a;=1+1;b", `"a;'=1+1;b"`],
    ["a semicolon and a quote before it", 'a; "=1+1', `"a;' ""=1+1"`],
    ["a tab before it", "a\t@SUM(1)", `"a\t'@SUM(1)"`],
    ["nothing of it", "a=1; b-2", `"a=1; b-2"`],
  ])("of a table shows no formula with %s", async (_what, model, cell) => {
    const answer = await ask("logs.export?download=csv", new FakeRecords([recordOf({ id: "req_hostile", model })]));
    expect(await answer.text()).toContain(`,${cell},,openai,`);
  });

  test("of a table has a line for each, and no formula", async () => {
    const answer = await ask("logs.export?download=csv&token=ci", records);
    const text = await answer.text();
    const [head, plain, ...rest] = text.split("\r\n");
    expect(head).toBe(`${Object.keys(recordRow.shape).join(",")},reason,message`);
    expect(plain).toStartWith("req_plain,");
    expect(plain).toContain(",gpt-4o-mini,,openai,team-a,d213f9976aa2,200,ok,ok,,false,1,");
    expect(rest.join("\r\n")).toContain(`,"'=cmd|""/c calc"",\r\n<script>",`);
    expect(rest.join("\r\n")).toContain(',invalid_api_key,"said ""no"""\r\n');
  });

  test("of nothing has its head alone, and is refused like any other", async () => {
    expect((await (await ask("logs.export?download=csv")).text()).split("\r\n")).toHaveLength(2);
    const refused = await ask("logs.export?download=csv&provider=nobody");
    expect([refused.status, refused.headers.get("content-disposition")]).toEqual([422, null]);
    const unknown = await ask("logs.export?download=xlsx");
    expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining("one of ndjson, csv")]);
    expect((await ask("logs.list?download=csv")).status).toBe(400);
    expect((await ask("logs.follow?download=csv")).status).toBe(400);
  });

  test("has no more of millions in memory than who reads has taken", async () => {
    let made = 0;
    const endless = new FakeRecords();
    endless.export = async function* () {
      for (;;) {
        made += 1;
        yield recordOf({ id: `req_${made}` });
      }
    };
    const reader = (await ask("logs.export?download=ndjson", endless)).body?.getReader();
    await reader?.read();
    expect(made).toBeLessThan(2_000);
    await reader?.cancel();
  });
});

test("a file that fails on the way, or whose caller may no longer ask, is broken off over HTTP", async () => {
  const operation = OPERATIONS.get("logs.export");
  if (operation?.form !== "stream" || operation.download === undefined) throw new Error("It gives out no files");
  const file = chosenFile(operation.download, "ndjson", START);
  if (!("form" in file)) throw new Error("There is no such form");
  const ended = new AbortController();
  const faults: string[] = [];
  const options = { signal: ended.signal, onFault: (error: unknown) => void faults.push((error as Error).message) };
  const sources = {
    "/fails": async function* () {
      for (let count = 0; count < 300; count++) yield recordOf({ id: "req_1" });
      throw new Error("the file is damaged");
    },
    "/ends": async function* () {
      yield recordOf({ id: "req_1" });
      ended.abort();
    },
  } as const;
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => fileAnswer(sources[new URL(url).pathname as keyof typeof sources](), file, options),
    error: () => new Response(null, { status: 500 }),
  });
  for (const path of Object.keys(sources)) {
    // A short one is broken off before its head has gone out.
    const read = fetch(new URL(path, server.url)).then((answer) => answer.text());
    await expect(read).rejects.toThrow("closed");
  }
  expect(faults).toEqual(["the file is damaged", "The operation was aborted."]);
});
