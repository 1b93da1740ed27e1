// The network of a simulation: calls go to simulated providers, and every refusal is written down.
import type { Exchange, Transport, TransportCall, TransportEvents } from "../../src/upstream/transport.ts";
import type { Arrival } from "../arrivals.ts";
import type { PlannedKey } from "../key-plan.ts";
import type { Reply, UpstreamProvider } from "../upstream/upstream-provider.ts";
import type { VirtualClock } from "../virtual-clock.ts";
import type { CallRecord } from "./call-record.ts";
import { UpstreamExchange } from "./upstream-exchange.ts";

export interface TransportDeps {
  readonly clock: VirtualClock;
  readonly arrivals: readonly Arrival[];
  readonly onCall: (record: CallRecord) => void;
}

/** The name of the query parameter by which a call is known as that of an arrival. */
const NUMBER = "?n=";

/** The query of a client request that carries its number through the gateway. */
export function queryOf({ index }: Arrival): string {
  return `${NUMBER}${index}`;
}

export class SimulatedTransport implements Transport {
  readonly #provider: UpstreamProvider;
  readonly #deps: TransportDeps;
  readonly #keys: ReadonlyMap<string, PlannedKey>;

  constructor(provider: UpstreamProvider, deps: TransportDeps) {
    this.#provider = provider;
    this.#deps = deps;
    this.#keys = new Map(provider.keys.map((key) => [`Bearer ${key.secret}`, key]));
  }

  start(call: TransportCall, events: TransportEvents): Exchange {
    const { clock, arrivals, onCall } = this.#deps;
    const arrival = arrivals[Number(call.path.slice(call.path.indexOf(NUMBER) + NUMBER.length))];
    const key = this.#keys.get(credentialOf(call));
    if (arrival === undefined || key === undefined) throw new Error(`Cannot play the call of ${call.path}`);
    const reply = this.#provider.call(key, arrival, clock.now());
    const at = clock.now();
    const record = recordOf(reply, { provider: this.#provider.spec.name, key, arrival, at, endedAt: at });
    onCall(record);
    const onOver = () => {
      record.endedAt = clock.now();
    };
    return new UpstreamExchange(arrival, { clock, events, onOver }).play(reply);
  }

  async close(): Promise<void> {
    // There is no connection to close.
  }
}

function credentialOf({ headers }: TransportCall): string {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === "authorization") return headers[i + 1] ?? "";
  }
  return "";
}

function recordOf(reply: Reply, place: Omit<CallRecord, "refusal" | "status" | "detail">): CallRecord {
  if (reply.kind === "served") return { ...place, refusal: undefined, status: "200", detail: "" };
  const { refusal } = reply;
  if (reply.kind !== "error") return { ...place, refusal, status: reply.kind, detail: "" };
  return { ...place, refusal, status: `${reply.answer.status}`, detail: reply.answer.body };
}
