// A keeper of webhooks on a clock that stands still, with receivers that answer at once or as they are told.
import type { PoolShare } from "../../src/balancer/pool-share.ts";
import type { WebhookConfig } from "../../src/config/webhook-config.ts";
import { WEBHOOK_EVENT_NAMES } from "../../src/config/webhook-events.ts";
import type { Logger } from "../../src/core/logger.ts";
import { type Watched, WebhookKeeper } from "../../src/daemon/webhook-keeper.ts";
import type { HeaderList, Transport, TransportCall, TransportEvents } from "../../src/upstream/transport.ts";
import type { Condition, RecordsState } from "../../src/webhooks/condition.ts";
import { VirtualTime } from "../proxy/fixtures.ts";

export interface Posted {
  readonly call: TransportCall;
  readonly type: string;
  readonly id: string;
  readonly isAborted: boolean;
  answer(status: number, headers?: HeaderList): void;
  fail(cause: string): void;
}

/** Every call of a transport, answered by `reply` or by hand. */
export class FakePosts implements Transport {
  readonly all: Posted[] = [];
  /** The status that is answered at once; undefined: by hand. */
  reply: number | undefined = 200;
  isClosed = false;

  start(call: TransportCall, events: TransportEvents) {
    let isAborted = false;
    const end = (kind: "never-sent" | "aborted", cause: string) => queueMicrotask(() => events.onEnd({ kind, cause }));
    const posted: Posted = {
      call,
      type: typeOf(call),
      id: headerOf(call, "webhook-id"),
      get isAborted() {
        return isAborted;
      },
      answer: (status, headers = []) =>
        queueMicrotask(() => {
          events.onHead(status, headers);
          events.onEnd({ kind: "complete" });
        }),
      fail: (cause) => end("never-sent", cause),
    };
    this.all.push(posted);
    if (this.reply !== undefined) posted.answer(this.reply);
    const abort = () => {
      isAborted = true;
      end("aborted", "ABORTED");
    };
    return { pause: () => {}, resume: () => {}, abort };
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  get types(): readonly string[] {
    return this.all.map(({ type }) => type);
  }
}

function typeOf({ body }: TransportCall): string {
  return JSON.parse(Buffer.from(body as Uint8Array).toString()).type;
}

export function headerOf({ headers }: TransportCall, name: string): string {
  return headers[headers.indexOf(name) + 1] ?? "";
}

export function webhook(fields: Partial<WebhookConfig> = {}): WebhookConfig {
  return {
    name: "one",
    url: "http://127.0.0.1:1/hook?token=fake-token-0123456789",
    form: "generic",
    secret: undefined,
    events: WEBHOOK_EVENT_NAMES,
    providers: undefined,
    poolBelow: 0.25,
    headers: {},
    timeoutMs: 10_000,
    ...fields,
  };
}

/** Lines of the log as `level message`. */
export class FakeLog implements Logger {
  readonly lines: string[] = [];
  readonly fields: object[] = [];
  readonly dropped = 0;
  readonly debug = () => {};
  readonly info = (fields: object, text: string) => this.#note("info", fields, text);
  readonly warn = (fields: object, text: string) => this.#note("warn", fields, text);
  readonly error = (fields: object, text: string) => this.#note("error", fields, text);
  readonly isEnabled = () => true;
  readonly flush = () => Promise.resolve();
  readonly setLevel = () => {};

  #note(level: string, fields: object, text: string): void {
    this.lines.push(`${level} ${text}`);
    this.fields.push(fields);
  }
}

export class WebhookLab {
  readonly time = new VirtualTime();
  readonly posts = new FakePosts();
  readonly log = new FakeLog();
  shares: PoolShare[] = [{ provider: "main", usable: 4, total: 4 }];
  standing: Condition[] = [];
  /** Keys and providers that are no longer configured. */
  readonly gone = new Set<string>();
  storage: string | undefined;
  records: RecordsState = { dropped: 0, fault: undefined };
  readonly keeper: WebhookKeeper;

  constructor(configs: readonly WebhookConfig[] = [webhook()], redact = (text: string) => text) {
    const { time, log } = this;
    this.keeper = new WebhookKeeper({ timing: time, logger: log, redact, createTransport: () => this.posts });
    this.keeper.use(configs);
  }

  begin(): this {
    const watched: Watched = {
      shares: () => this.shares,
      standing: () => this.standing,
      records: () => this.records,
      isLeft: ({ facts: { provider, keyId } }) => !this.gone.has(keyId ?? "") && !this.gone.has(provider ?? ""),
      storageFault: () => this.storage,
    };
    this.keeper.begin(watched);
    return this;
  }

  key(id: string, to: string, facts: object = {}): void {
    const reason = to === "ready" ? "answers_again" : "invalid_api_key";
    const place = { at: this.time.now(), level: "key", provider: "main", keyId: id, keyName: id } as const;
    this.keeper.noteChanges([{ ...place, from: "ready", to, reason, alert: to !== "ready", ...facts }]);
  }

  provider(to: string, provider = "main"): void {
    const place = { at: this.time.now(), level: "provider", provider } as const;
    this.keeper.noteChanges([{ ...place, from: "up", to, reason: to === "up" ? "answers_again" : "x", alert: true }]);
  }
}
