// The demo provider: a transport that answers from within the process, as a provider with good and bad keys would.
import type { Exchange, Transport, TransportCall, TransportEvents } from "../upstream/transport.ts";
import { type DemoAnswer, errorAnswer } from "./demo-answer.ts";
import { DemoExchange } from "./demo-exchange.ts";
import { DEMO_KEYS } from "./demo-provider.ts";
import { answerCall } from "./demo-routes.ts";

/** `now`: wall-clock milliseconds. `random`: from 0 up to 1. `delay` resolves after so many milliseconds. */
export interface DemoOptions {
  readonly now: () => number;
  readonly random: () => number;
  readonly delay: (ms: number) => Promise<void>;
}

/** How long the limited key rests after each request that it serves. */
const LIMITED_REST_MS = 20_000;

/** Makes the demo provider's transport. It knows nothing but the keys of `DEMO_KEYS`. */
export function createDemoTransport(options: DemoOptions): Transport {
  return new DemoTransport(options);
}

class DemoTransport implements Transport {
  readonly #options: DemoOptions;
  #limitedUntil = 0;

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  start(call: TransportCall, events: TransportEvents): Exchange {
    const { now, random, delay } = this.#options;
    const answer = this.#refuse(call) ?? answerCall(call, { now: now(), random });
    const requestId = `req_demo${String(Math.floor(random() * 1e12)).padStart(12, "0")}`;
    const headers = { ...answer.headers, "x-request-id": requestId };
    return new DemoExchange({ ...answer, headers }, events, delay);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What the call's key earns, unless it is served. */
  #refuse(call: TransportCall): DemoAnswer | undefined {
    const kind = DEMO_KEYS.get(bearerOf(call.headers));
    switch (kind) {
      case "good":
        return undefined;
      case "limited":
        return this.#limit();
      case "dead":
      case undefined:
        return errorAnswer(401, {
          message: "Incorrect API key provided. You can find your API key at https://demo.invalid/keys.",
          type: "invalid_request_error",
          code: "invalid_api_key",
        });
      default:
        return kind satisfies never;
    }
  }

  #limit(): DemoAnswer | undefined {
    const now = this.#options.now();
    const waitMs = this.#limitedUntil - now;
    if (waitMs <= 0) {
      this.#limitedUntil = now + LIMITED_REST_MS;
      return undefined;
    }
    const seconds = Math.ceil(waitMs / 1000);
    const message = `Rate limit reached for requests. Please try again in ${seconds}s.`;
    const error = { message, type: "requests", code: "rate_limit_exceeded" };
    return errorAnswer(429, error, { "retry-after": String(seconds) });
  }
}

function bearerOf(headers: readonly string[]): string {
  const name = headers.findIndex((header, at) => at % 2 === 0 && header.toLowerCase() === "authorization");
  return name < 0 ? "" : (headers[name + 1] ?? "").replace(/^Bearer /, "");
}
