// What `live` tells of each kind of event.
import { expect } from "bun:test";
import type { LiveItem } from "../../src/admin/live-port.ts";
import type { ControlPorts } from "../../src/admin/ports.ts";
import { START } from "../balancer/fixtures.ts";
import type { EveryState } from "./every-state.ts";
import { run, type Scenarios } from "./run-operation.ts";

/** `asked`: what was seen already, as the port hears it. */
function withItems({ lab }: EveryState, items: readonly LiveItem[], asked: unknown[] = []): ControlPorts {
  return {
    ...lab.ports,
    live: {
      async *follow(after) {
        asked.push(after);
        yield* items;
      },
    },
  };
}

export const LIVE_SCENARIOS = {
  live: {
    "every kind of event": async (state) => {
      const asked: unknown[] = [];
      const ports = withItems(
        state,
        [
          { event: "hello", data: { instance: "0123456789ab", startedAt: START } },
          { event: "reset", data: {} },
          {
            id: "0123456789ab-1",
            event: "figures",
            data: {
              ...{ inFlight: 1, waiting: 2, served: 3, refused: 4, failed: 5, left: 6 },
              ...{ attempts: 7, promptTokens: 8, completionTokens: 9 },
            },
          },
          { id: "0123456789ab-2", event: "health", data: { keys: ["k1"], providers: ["main"] } },
          { id: "0123456789ab-3", event: "health", data: { keys: undefined, providers: ["main"] } },
          { id: "0123456789ab-4", event: "requests", data: { count: 7 } },
          { id: "0123456789ab-5", event: "changed", data: { what: "keys" } },
          { event: "stopping", data: {} },
        ],
        asked,
      );
      const events = (await run("live", ports, { after: "x-1" })) as readonly { readonly data?: unknown }[];
      const [hello, reset, figures, health, many, requests, changed, stopping] = events;
      expect(asked).toEqual(["x-1"]);
      const at = new Date(START).toISOString();
      const greeting = { version: "0.0.0-lab", started_at: at, now: at, instance: "0123456789ab" };
      expect<unknown>([hello, reset, stopping]).toEqual([
        { event: "hello", data: greeting },
        { event: "reset", data: {} },
        { event: "stopping", data: {} },
      ]);
      expect<unknown>(figures).toEqual({
        id: "0123456789ab-1",
        event: "figures",
        data: {
          ...{ in_flight: 1, waiting: 2, served: 3, refused: 4, failed: 5, left: 6 },
          ...{ attempts: 7, prompt_tokens: 8, completion_tokens: 9 },
        },
      });
      expect([health?.data, many?.data, requests?.data, changed?.data]).toEqual([
        { keys: ["k1"], providers: ["main"] },
        { providers: ["main"] },
        { count: 7 },
        { what: "keys" },
      ]);
    },
  },
} satisfies Record<string, Scenarios>;
