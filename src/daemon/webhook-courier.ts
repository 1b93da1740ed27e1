// Brings the messages of one webhook to its receiver, in their order and one at a time, and knows how that went.
import type { WebhookReport, WebhookTry } from "../admin/webhooks-port.ts";
import type { WebhookConfig } from "../config/webhook-config.ts";
import type { Logger } from "../core/logger.ts";
import type { Timing } from "../proxy/timing.ts";
import { type Next, nextTry, type TryEnd } from "../webhooks/next-try.ts";
import type { Payload } from "../webhooks/payload.ts";

/** One try; it never rejects. */
export type Post = (payload: Payload, config: WebhookConfig, signal: AbortSignal) => Promise<TryEnd>;

export interface CourierOptions {
  readonly post: Post;
  readonly timing: Timing;
  readonly logger: Logger;
  /** What is reported has changed. */
  readonly onDelivery?: (() => void) | undefined;
}

export type CourierReport = Pick<WebhookReport, "pending" | "delivered" | "dropped" | "last" | "lastFault" | "isGone">;

/** With more, the oldest is dropped: the newest says how it stands. */
export const MAX_PENDING = 100;

interface Waiting {
  readonly payload: Payload;
  readonly madeAt: number;
  tries: number;
}

export class WebhookCourier {
  readonly #options: CourierOptions;
  #config: WebhookConfig;
  readonly #queue: Waiting[] = [];
  #underWay: Waiting | undefined;
  #ending = new AbortController();
  #stopTimer: (() => void) | undefined;
  #isFailing = false;
  #isGone = false;
  /** Why nothing is tried again any more. */
  #closing: string | undefined;
  #delivered = 0;
  #dropped = 0;
  #last: WebhookTry | undefined;
  #lastFault: WebhookTry | undefined;
  #onIdle: () => void = () => {};

  constructor(config: WebhookConfig, options: CourierOptions) {
    this.#config = config;
    this.#options = options;
  }

  get config(): WebhookConfig {
    return this.#config;
  }

  get report(): CourierReport {
    return {
      pending: this.#queue.length + (this.#underWay === undefined ? 0 : 1),
      delivered: this.#delivered,
      dropped: this.#dropped,
      last: this.#last,
      lastFault: this.#lastFault,
      isGone: this.#isGone,
    };
  }

  /** The configuration was loaded: one that was gone may be back, and what waits is tried with what is new. */
  use(config: WebhookConfig): void {
    if (config.url !== this.#config.url) this.#stopWaiting();
    this.#config = config;
    this.#isGone = false;
    this.#pump();
  }

  /** Returns at once. */
  send(payload: Payload): void {
    if (this.#isGone) {
      this.#drop(payload, "gone");
      return;
    }
    this.#queue.push({ payload, madeAt: this.#options.timing.now(), tries: 0 });
    if (this.#queue.length > MAX_PENDING) this.#drop(this.#queue.shift()?.payload, "too many messages wait");
    this.#pump();
  }

  /** Tries what waits once more, without pauses, until `cutOff` says that it is time; the rest is dropped. */
  async close(cutOff: Promise<unknown>): Promise<void> {
    this.#closing = "the daemon ends";
    this.#stopWaiting();
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    this.#pump();
    await Promise.race([idle, cutOff]);
    this.#giveUp(this.#closing);
  }

  /** Its webhook is no longer configured. */
  stop(): void {
    this.#closing = "no longer configured";
    this.#stopWaiting();
    this.#giveUp(this.#closing);
  }

  #giveUp(why: string): void {
    this.#ending.abort();
    for (const { payload } of this.#queue.splice(0)) this.#drop(payload, why);
  }

  #stopWaiting(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #pump(): void {
    if (this.#underWay !== undefined || this.#stopTimer !== undefined) return;
    const next = this.#queue.shift();
    if (next === undefined) {
      this.#onIdle();
      return;
    }
    this.#underWay = next;
    next.tries += 1;
    this.#options
      .post(next.payload, this.#config, this.#ending.signal)
      .then((end) => this.#afterTry(next, end))
      .catch((error: unknown) => this.#afterTry(next, { fault: String(error) }));
  }

  #afterTry(tried: Waiting, end: TryEnd): void {
    const { timing } = this.#options;
    const now = timing.now();
    this.#underWay = undefined;
    // Given up, which says nothing of its receiver.
    if (this.#ending.signal.aborted && end.status === undefined) {
      this.#drop(tried.payload, this.#closing);
      return;
    }
    const next = nextTry(end, { tries: tried.tries, ageMs: Math.max(0, now - tried.madeAt), random: timing.random() });
    this.note(tried.payload, end, next.kind === "done");
    this.#follow(tried, next);
    this.#pump();
  }

  /** What an operator sees of a try, also of a test. */
  note({ type }: Payload, end: TryEnd, isTaken: boolean): void {
    const delivery: WebhookTry = { at: this.#options.timing.now(), type, ...shownEnd(end) };
    this.#last = delivery;
    this.#options.onDelivery?.();
    if (isTaken) this.#isGone = false;
    else this.#lastFault = delivery;
    if (isTaken === !this.#isFailing) return;
    this.#isFailing = !isTaken;
    const fields = { webhook: this.#config.name, event: type, status: delivery.status, fault: delivery.fault };
    if (isTaken) this.#options.logger.info(fields, "Webhook takes messages again");
    else this.#options.logger.warn(fields, "Webhook does not take a message");
  }

  #follow(tried: Waiting, next: Next): void {
    if (next.kind === "done") {
      this.#delivered += 1;
    } else if (next.kind === "again" && this.#closing === undefined) {
      this.#queue.unshift(tried);
      this.#stopTimer = this.#options.timing.schedule(next.inMs, () => {
        this.#stopTimer = undefined;
        this.#pump();
      });
    } else {
      this.#drop(tried.payload, next.kind === "again" ? this.#closing : DROPPED[next.kind]);
      if (next.kind === "gone") this.#beGone();
    }
  }

  #beGone(): void {
    this.#isGone = true;
    const { logger } = this.#options;
    logger.warn(
      { webhook: this.#config.name },
      "Webhook is gone (status 410): nothing is sent to it until the configuration is loaded again, or it takes a test",
    );
    for (const { payload } of this.#queue.splice(0)) this.#drop(payload, "gone");
  }

  #drop(payload: Payload | undefined, why: string | undefined): void {
    this.#dropped += 1;
    this.#options.onDelivery?.();
    const fields = { webhook: this.#config.name, event: payload?.type, why, dropped: this.#dropped };
    this.#options.logger.warn(fields, "Webhook message dropped");
  }
}

const DROPPED: Readonly<Record<Exclude<Next["kind"], "done" | "again">, string>> = {
  refused: "refused",
  gone: "gone",
  late: "not taken for an hour",
};

function shownEnd(end: TryEnd): Pick<WebhookTry, "status" | "fault"> {
  return end.status === undefined ? { fault: end.fault } : { status: end.status };
}
