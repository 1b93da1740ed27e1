// `webhooks list` and `test`.
import { describe, expect, test } from "bun:test";
import type { OutputOf } from "../../src/admin/operation-table.ts";
import { startReceiver } from "../fixture/receiver.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { withDaemon } from "./with-daemon.ts";

type Row = OutputOf<"webhooks.list">["webhooks"][number];

const ROW: Row = {
  name: "team",
  url: "https://b.example",
  form: "generic",
  signed: false,
  events: ["pool.low"],
  pending: 0,
  delivered: 0,
  dropped: 0,
  gone: false,
};

describe("webhooks list", () => {
  test.each([[["webhooks"]], [["webhooks", "list"]]])("as %p", async (args) => {
    await using place = withDaemon();
    expect(await place.run(args)).toEqual({ exitCode: 0, out: LISTED, err: "" });
  });

  test.each<[string, Partial<Row>]>([
    ["nothing sent", {}],
    ["gone", { gone: true }],
  ])("one with %s", async (word, fields) => {
    await using place = withDaemon({ "webhooks.list": { webhooks: [{ ...ROW, ...fields }] } });
    expect((await place.run(["webhooks"])).out).toContain(word);
  });

  test("where there is none", async () => {
    await using place = withDaemon({ "webhooks.list": { webhooks: [] } });
    expect(await place.run(["webhooks"])).toEqual({
      exitCode: 0,
      out: "",
      err: "Nobody is told of anything: webhooks of the config file name whom to tell\n",
    });
  });
});

describe("webhooks test", () => {
  test("shows what each answered", async () => {
    await using place = withDaemon();
    expect(await place.run(["webhooks", "test"])).toEqual({ exitCode: 4, out: TESTED, err: "" });
  });

  test("without a daemon it sends by itself", async () => {
    await using receiver = startReceiver();
    using terminal = new FakeTerminal();
    const webhooks = [{ name: "team", url: receiver.url }];
    terminal.write("config.yaml", JSON.stringify({ auth: { client_tokens: ["fake-client-token-0001"] }, webhooks }));
    const args = ["webhooks", "test", "team", "--config", "config.yaml", "--json"];
    const { exitCode, out } = await terminal.run(args);
    expect([exitCode, JSON.parse(out)]).toMatchObject([0, { ok: true, results: [{ name: "team", status: 200 }] }]);
    expect(receiver.types()).toEqual(["test"]);
    const listed = await terminal.run(["webhooks", "--config", "config.yaml"]);
    expect(listed.err).toContain("No daemon runs, so that nobody is told of anything");
  });
});

const LISTED = [
  "WEBHOOK  URL                           FORM             STATUS   SENT  PENDING  DROPPED  LAST                               LAST FAULT",
  "team     https://hooks.slack.com/****  slack            ok         12        0        0  pool.recovered 3m ago: status 200",
  "pager    https://alerts.example/****   generic, signed  failing    40        2        1  key.invalid 1m ago: ECONNREFUSED   key.invalid 1m ago: ECONNREFUSED",
  "",
].join("\n");
const TESTED = [
  "WEBHOOK  URL                           RESULT  ANSWER         TIME",
  "team     https://hooks.slack.com/****  ok      status 200    84 ms",
  "pager    https://alerts.example/****   failed  ECONNREFUSED   2 ms",
  "",
].join("\n");
