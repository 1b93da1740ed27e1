// What status and health say of jobs and webhooks that an operator must know of.
import { expect, test } from "bun:test";
import type { OutputOf } from "../../src/admin/operation-table.ts";
import { jobNoteLines, webhookNoteLines } from "../../src/cli/note-lines.ts";
import { ANSWERS, NOW } from "./daemon-answers.ts";
import { withDaemon } from "./with-daemon.ts";

const stopped_at = new Date(NOW - 3 * 3_600_000).toISOString();
const JOBS = [
  { name: "recheck", stopped_at },
  { name: "clean-up", fault: "the database is locked" },
];
const WEBHOOKS = [{ name: "pager", gone: false, status: 500, dropped: 3 }];
const STATUS = ANSWERS.status as OutputOf<"status">;
const HEALTH = ANSWERS.health as OutputOf<"health">;

test("status has a line for each", async () => {
  await using place = withDaemon({ status: { ...STATUS, jobs: JOBS, webhooks: WEBHOOKS } });
  const { out } = await place.run(["status"]);
  expect(out).toContain("jobs       recheck stopped 3h ago: openai-balance jobs start recheck\n");
  expect(out).toContain("jobs       clean-up failed: the database is locked\n");
  expect(out).toContain("webhooks   pager fails with status 500, 3 messages lost: openai-balance webhooks\n");
});

test("health has a line for each", async () => {
  await using place = withDaemon({ health: { ...HEALTH, jobs: JOBS, webhooks: WEBHOOKS } });
  const { out } = await place.run(["health"]);
  expect(out).toContain("Job recheck stopped 3h ago: openai-balance jobs start recheck\n");
  expect(out).toContain("Job clean-up failed: the database is locked\n");
  expect(out).toContain("Webhook pager fails with status 500, 3 messages lost: openai-balance webhooks\n");
});

test("there is no line where nothing must be known", () => {
  expect([jobNoteLines({}, NOW), webhookNoteLines({})]).toEqual([[], []]);
});

test.each<[object, string]>([
  [{ gone: true, status: 410 }, "pager is gone, nothing is sent to it until a reload: openai-balance webhooks"],
  [{ fault: "ECONNREFUSED" }, "pager fails with ECONNREFUSED: openai-balance webhooks"],
  [{ dropped: 1, fault: "timeout" }, "pager fails with timeout, 1 message lost: openai-balance webhooks"],
  [{}, "pager fails with no answer: openai-balance webhooks"],
])("of a webhook %j: %s", (facts, line) => {
  expect(webhookNoteLines({ webhooks: [{ name: "pager", gone: false, dropped: 0, ...facts }] })).toEqual([line]);
});
