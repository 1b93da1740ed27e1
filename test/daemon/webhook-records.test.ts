// What webhooks are told of the real keeper of records, while another program keeps the database locked.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { Redactor } from "../../src/core/redaction.ts";
import { RecordKeeper } from "../../src/daemon/records/record-keeper.ts";
import { DatabaseThread } from "../../src/storage/database-thread.ts";
import { SECOND } from "../balancer/fixtures.ts";
import { loadValid } from "../config/load.ts";
import { scratchFolder } from "../core/scratch-folder.ts";
import { failedTrace } from "./records/trace-fixtures.ts";
import { FakeLog, type Posted, WebhookLab } from "./webhook-lab.ts";

const MIB = 1024 * 1024;
const PROVIDERS = [{ name: "main", base_url: "https://a.example/v1", api_keys: ["sk-fake-key-1"] }];

function withBody(at: number, bytes: Uint8Array) {
  return failedTrace(at, { body: { bytes, size: bytes.length } });
}

function itemOf({ call }: Posted): unknown {
  return JSON.parse(Buffer.from(call.body as Uint8Array).toString()).data.items[0];
}

test("records that are lost while the database is locked are told with the cause, and so is the end of it", async () => {
  using folder = scratchFolder();
  const lab = new WebhookLab();
  const thread = new DatabaseThread();
  const keeper = new RecordKeeper({
    folder: { path: folder.path, fault: undefined, notes: [] },
    lock: { fault: undefined },
    thread,
    redactor: new Redactor(),
    logger: new FakeLog(),
    now: lab.time.now,
    schedule: lab.time.schedule,
    config: loadValid({ yaml: JSON.stringify({ providers: PROVIDERS }) }).config,
  });
  Object.defineProperty(lab, "records", { get: () => keeper.status() });
  const at = lab.time.now();
  keeper.note([failedTrace(at)]);
  await keeper.settle();
  lab.begin();

  const other = new Database(folder.at("requests.sqlite"));
  other.run("BEGIN EXCLUSIVE");
  keeper.note([failedTrace(at)]);
  await keeper.settle();
  expect(keeper.status().fault).toBeDefined();
  await lab.time.advance(15 * SECOND);
  // What waits is not lost.
  expect(lab.posts.types).toEqual([]);
  keeper.note([withBody(at, new Uint8Array(63 * MIB)), withBody(at, new Uint8Array(2 * MIB))]);
  await lab.time.advance(15 * SECOND);
  expect(lab.posts.types).toEqual(["records.dropping"]);
  expect(lab.posts.all.map(itemOf)).toEqual([{ dropped: 1, reason: keeper.status().fault }]);

  other.run("ROLLBACK");
  other.close();
  await keeper.settle();
  await lab.time.advance(15 * SECOND);
  expect(lab.posts.types).toEqual(["records.dropping", "records.recovered"]);
  await keeper.close();
  await thread.close();
});
