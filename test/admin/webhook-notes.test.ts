// Which webhooks status and health tell of.
import { expect, test } from "bun:test";
import type { WebhookReport } from "../../src/admin/webhooks-port.ts";
import { START } from "../balancer/fixtures.ts";
import { openLab } from "../daemon/instance-lab.ts";
import { daemonOf } from "./daemon-scenarios.ts";
import { one } from "./run-operation.ts";

const REPORT: WebhookReport = {
  name: "pager",
  shown: "https://alerts.example/****",
  form: "generic",
  events: [],
  providers: undefined,
  isSigned: true,
  pending: 0,
  delivered: 3,
  dropped: 0,
  isGone: false,
  last: { at: START, type: "key.invalid", status: 200 },
  lastFault: undefined,
};

test.each<[string, Partial<WebhookReport>, object | undefined]>([
  ["took its last message", {}, undefined],
  ["was sent nothing", { last: undefined }, undefined],
  ["failed once, and works again", { lastFault: { at: START - 1, type: "key.invalid", status: 500 } }, undefined],
  [
    "answers with an error",
    { last: REPORT.last, lastFault: { at: START, type: "key.invalid", status: 500 }, dropped: 2 },
    { name: "pager", gone: false, status: 500, dropped: 2 },
  ],
  [
    "does not answer",
    { lastFault: { at: START, type: "key.invalid", fault: "ECONNREFUSED" } },
    { name: "pager", gone: false, fault: "ECONNREFUSED", dropped: 0 },
  ],
  [
    "is gone",
    { isGone: true, lastFault: { at: START - 5, type: "key.invalid", status: 410 } },
    { name: "pager", gone: true, status: 410, dropped: 0 },
  ],
])("one that %s", async (_what, facts, note) => {
  await using lab = await openLab();
  const webhooks = { ...lab.ports.webhooks, list: () => [{ ...REPORT, ...facts }] };
  const ports = { ...lab.ports, webhooks, daemon: daemonOf() };
  const health = await one("health", ports, {});
  const status = await one("status", ports, {});
  const expected = note === undefined ? undefined : [note];
  expect([health.healthy, health.webhooks, status.webhooks]).toEqual([note === undefined, expected, expected]);
});
