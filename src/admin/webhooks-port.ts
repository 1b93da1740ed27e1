// What the operations on webhooks act on.

/** What came of a try to deliver a message. `status`: undefined where there was no answer; `fault`: why. */
export interface WebhookTry {
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly type: string;
  readonly status?: number | undefined;
  readonly fault?: string | undefined;
}

/** One webhook of the configuration, and how its messages fare. */
export interface WebhookReport {
  readonly name: string;
  /** Its URL, without what may be a token. */
  readonly shown: string;
  readonly form: "generic" | "slack";
  readonly events: readonly string[];
  readonly providers: readonly string[] | undefined;
  readonly isSigned: boolean;
  /** Messages that wait or are under way. */
  readonly pending: number;
  readonly delivered: number;
  /** Messages that nobody took. */
  readonly dropped: number;
  /** It answered that it is gone: nothing is sent until the configuration is loaded again, or it takes a test. */
  readonly isGone: boolean;
  readonly last: WebhookTry | undefined;
  readonly lastFault: WebhookTry | undefined;
}

export interface WebhookTest {
  readonly isOk: boolean;
  readonly latencyMs: number;
  readonly status?: number | undefined;
  readonly fault?: string | undefined;
}

export interface WebhooksPort {
  /** In the order of the configuration; without a daemon nothing was sent. */
  list(): readonly WebhookReport[];
  /** Sends a message of type `test`, once. @throws UserError for one that is not configured. */
  test(name: string, signal: AbortSignal): Promise<WebhookTest>;
}
