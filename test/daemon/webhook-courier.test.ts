// The way of messages to one receiver: order, pauses, bounds, and receivers that are slow, dead or gone.
import { expect, test } from "bun:test";
import type { WebhookConfig } from "../../src/config/webhook-config.ts";
import { MAX_PENDING, WebhookCourier } from "../../src/daemon/webhook-courier.ts";
import type { TryEnd } from "../../src/webhooks/next-try.ts";
import type { Payload } from "../../src/webhooks/payload.ts";
import { HOUR, MINUTE, SECOND } from "../balancer/fixtures.ts";
import { settle, VirtualTime } from "../proxy/fixtures.ts";
import { FakeLog, webhook } from "./webhook-lab.ts";

class CourierLab {
  readonly time = new VirtualTime();
  readonly log = new FakeLog();
  readonly tries: { readonly id: string; readonly at: number; readonly url: string }[] = [];
  /** What the next tries meet; the last one for good. Undefined: they do not end before they are aborted. */
  ends: (TryEnd | undefined)[] = [{ status: 200 }];
  readonly courier: WebhookCourier;
  readonly #startedAt = this.time.now();

  constructor() {
    this.time.dice = 0.999_999;
    const post = (payload: Payload, config: WebhookConfig, signal: AbortSignal) => this.#post(payload, config, signal);
    this.courier = new WebhookCourier(webhook(), { post, timing: this.time, logger: this.log });
  }

  send(...ids: readonly string[]): void {
    for (const id of ids) this.courier.send({ id, type: "test", text: "", body: "{}" });
  }

  get times(): readonly string[] {
    return this.tries.map(({ id, at }) => `${id} ${at}`);
  }

  #post({ id }: Payload, { url }: WebhookConfig, signal: AbortSignal): Promise<TryEnd> {
    this.tries.push({ id, at: Math.round((this.time.now() - this.#startedAt) / SECOND), url });
    const end = this.ends.length > 1 ? this.ends.shift() : this.ends[0];
    if (end !== undefined) return Promise.resolve(end);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ fault: "ABORTED" }));
    });
  }
}

test("messages go out in their order, one at a time", async () => {
  const lab = new CourierLab();
  lab.ends = [undefined];
  lab.send("a", "b");
  await settle();
  expect([lab.times, lab.courier.report.pending]).toEqual([["a 0"], 2]);
});

test("what is not taken is tried again with growing pauses, and what waits behind it keeps its place", async () => {
  const lab = new CourierLab();
  lab.ends = [{ fault: "ECONNREFUSED" }, { status: 500 }, { status: 429, retryAfterMs: 60_000 }, { status: 204 }];
  lab.send("a", "b");
  await lab.time.advance(2 * MINUTE);
  expect(lab.times).toEqual(["a 0", "a 1", "a 3", "a 63", "b 63"]);
  expect(lab.courier.report).toMatchObject({ pending: 0, delivered: 2, dropped: 0, lastFault: { status: 429 } });
  expect(lab.log.lines).toEqual(["warn Webhook does not take a message", "info Webhook takes messages again"]);
});

test.each([[{ status: 400 }], [{ status: 302 }], [{ status: 404 }]])(
  "%j is final, and the next one is sent",
  async (end) => {
    const lab = new CourierLab();
    lab.ends = [end, { status: 200 }];
    lab.send("a", "b");
    await lab.time.advance(MINUTE);
    expect([lab.times, lab.courier.report.dropped, lab.courier.report.delivered]).toEqual([["a 0", "b 0"], 1, 1]);
    expect(lab.log.lines).toContain("warn Webhook message dropped");
  },
);

test("a dead receiver costs a message an hour of tries, and nothing more", async () => {
  const lab = new CourierLab();
  lab.ends = [{ fault: "ECONNREFUSED" }];
  lab.send("a");
  await lab.time.advance(3 * HOUR);
  expect(lab.courier.report).toMatchObject({ pending: 0, dropped: 1 });
  expect(lab.tries.length).toBeLessThan(50);
  expect(lab.log.lines).toEqual(["warn Webhook does not take a message", "warn Webhook message dropped"]);
  expect(lab.time.pending).toBe(0);
});

test("one that says it is gone gets nothing until the configuration is loaded again", async () => {
  const lab = new CourierLab();
  lab.ends = [{ status: 410 }, { status: 200 }];
  lab.send("a", "b");
  await settle();
  lab.send("c");
  await lab.time.advance(HOUR);
  expect([lab.times, lab.courier.report.isGone, lab.courier.report.dropped]).toEqual([["a 0"], true, 3]);
  expect(lab.log.lines.filter((line) => line.includes("is gone"))).toHaveLength(1);
  lab.courier.use(webhook());
  lab.send("d");
  await settle();
  expect([lab.times.at(-1), lab.courier.report.isGone]).toEqual(["d 3600", false]);
});

test("one that was gone and takes a test message is back", async () => {
  const lab = new CourierLab();
  lab.ends = [{ status: 410 }, { status: 200 }];
  lab.send("a");
  await settle();
  const tested = { id: "t", type: "test", text: "", body: "{}" };
  lab.courier.note(tested, { status: 410 }, false);
  expect(lab.courier.report.isGone).toBe(true);
  lab.courier.note(tested, { status: 200 }, true);
  lab.send("b");
  await settle();
  expect([lab.times, lab.courier.report.isGone]).toEqual([["a 0", "b 0"], false]);
});

test("the queue is bounded: the oldest goes, and is counted", async () => {
  const lab = new CourierLab();
  lab.ends = [undefined];
  for (let i = 0; i <= MAX_PENDING + 10; i++) lab.send(`m${i}`);
  await settle();
  expect(lab.courier.report).toMatchObject({ pending: MAX_PENDING + 1, dropped: 10 });
  lab.ends = [{ status: 200 }];
  await lab.courier.close(Promise.resolve());
  await settle();
  expect(lab.courier.report).toMatchObject({ pending: 0, dropped: 10 + MAX_PENDING + 1 });
});

test("an end tries once more what waits for its next try", async () => {
  const lab = new CourierLab();
  lab.ends = [{ status: 503 }, { status: 200 }];
  lab.send("a", "b");
  await settle();
  await lab.courier.close(new Promise(() => {}));
  expect(lab.times).toEqual(["a 0", "a 0", "b 0"]);
  expect([lab.courier.report.delivered, lab.time.pending]).toEqual([2, 0]);
});

test("what was on its way to a webhook that is no longer configured is dropped, and said to be", async () => {
  const lab = new CourierLab();
  lab.ends = [undefined];
  lab.send("a", "b");
  await settle();
  lab.courier.stop();
  await settle();
  expect(lab.log.lines).toEqual(Array(2).fill("warn Webhook message dropped"));
  expect(lab.log.fields).toEqual([
    { webhook: "one", event: "test", why: "no longer configured", dropped: 1 },
    { webhook: "one", event: "test", why: "no longer configured", dropped: 2 },
  ]);
  expect([lab.courier.report.pending, lab.time.pending]).toEqual([0, 0]);
});

test("what is tried again goes to where the configuration says then", async () => {
  const lab = new CourierLab();
  lab.ends = [{ status: 503 }, { status: 200 }];
  lab.send("a");
  await settle();
  lab.courier.use(webhook({ url: "https://new.example" }));
  await lab.time.advance(SECOND);
  expect(lab.tries.map(({ id, url }) => [id, url])).toEqual([
    ["a", webhook().url],
    ["a", "https://new.example"],
  ]);
});

test("a new URL is tried at once: what the old one asked to wait for is no matter of its own", async () => {
  const lab = new CourierLab();
  lab.ends = [{ status: 429, retryAfterMs: 30 * MINUTE }, { status: 200 }];
  lab.send("a", "b");
  await settle();
  lab.courier.use(webhook({ timeoutMs: 1 }));
  await lab.time.advance(MINUTE);
  expect(lab.times).toEqual(["a 0"]);
  lab.courier.use(webhook({ url: "https://new.example" }));
  await settle();
  expect([lab.times, lab.time.pending]).toEqual([["a 0", "a 60", "b 60"], 0]);
});

test("no line of the log holds the URL", async () => {
  const lab = new CourierLab();
  lab.ends = [{ fault: "ECONNREFUSED" }, { status: 410 }];
  lab.send("a", "b");
  await lab.time.advance(HOUR);
  expect(JSON.stringify(lab.log.fields)).not.toMatch(/127\.0\.0\.1|fake-token/);
  expect(lab.log.fields[0]).toMatchObject({ webhook: "one", event: "test", fault: "ECONNREFUSED" });
});
