// Runs one call against a demo transport and gathers what it says, in virtual time.
import { createDemoTransport, type DemoOptions } from "../../src/demo/demo-transport.ts";
import type { Transport, TransportCall, TransportEnd } from "../../src/upstream/transport.ts";

export const GOOD = "sk-demo-good-one-000001";
export const DEAD = "sk-demo-dead-one-000002";
export const LIMITED = "sk-demo-limited-000004";

export interface Played {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly pieces: readonly string[];
  readonly end: TransportEnd;
}

/** A transport whose delays pass at once. */
export function demoTransport(options: Partial<DemoOptions> = {}): Transport {
  return createDemoTransport({
    now: () => 1_700_000_000_000,
    random: () => 0.5,
    delay: () => Promise.resolve(),
    ...options,
  });
}

export function callOf(path: string, body?: unknown, more: Partial<TransportCall> = {}): TransportCall {
  return {
    origin: "https://demo.invalid",
    path: `/v1${path}`,
    method: body === undefined ? "GET" : "POST",
    headers: ["accept", "authorization", "Authorization", `Bearer ${GOOD}`],
    body: body === undefined ? null : new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
    connectMs: 1_000,
    ...more,
  };
}

export function play(call: TransportCall, transport = demoTransport()): Promise<Played> {
  return new Promise((resolve) => {
    let status = 0;
    let headers: Readonly<Record<string, string>> = {};
    const pieces: string[] = [];
    transport.start(call, {
      onHead: (code, list) => {
        status = code;
        headers = Object.fromEntries(list);
      },
      onData: (bytes) => void pieces.push(new TextDecoder().decode(bytes)),
      onEnd: (end) => resolve({ status, headers, pieces, text: pieces.join(""), end }),
    });
  });
}

export function withKey(secret: string): Partial<TransportCall> {
  return { headers: ["Authorization", `Bearer ${secret}`] };
}
