// Fetches the providers' model lists in the background: at start, on reload and every few minutes.
import type { LoopDeps } from "../proxy/attempt-loop.ts";
import { runAttempts } from "../proxy/attempt-loop.ts";
import { NO_FACTS } from "../proxy/body-facts.ts";
import type { ModelCatalog } from "../proxy/model-catalog.ts";
import { operationOf } from "../proxy/operations.ts";
import { beginTrace } from "../proxy/trace.ts";
import type { Provider } from "../upstream/provider.ts";

export const REFRESH_INTERVAL_MS = 5 * 60_000;
/** Health takes one vote of a client at a time; these calls are ours. */
const CLIENT = "model-refresh";

export interface RefreshDeps {
  readonly catalog: ModelCatalog;
  readonly loop: LoopDeps;
  /** Ends a fetch that runs. */
  readonly signal: AbortSignal;
}

/** Fetches the list of one provider with its usual retries; false where none came. */
export async function refreshModels(provider: Provider, { catalog, loop, signal }: RefreshDeps): Promise<boolean> {
  const { name, modelRequestKey } = provider.config;
  if (provider.keys.size === 0) return false;
  const operation = operationOf("GET", "/models");
  const now = loop.timing.now();
  const end = await runAttempts(
    {
      method: "GET",
      operation,
      computes: true,
      native: false,
      rest: "/models",
      query: "",
      headers: new Headers({ accept: "application/json" }),
      body: null,
      facts: NO_FACTS,
      wantsStream: false,
      need: {
        route: [[{ provider: name, model: undefined }]],
        operation: operation.name,
        client: CLIENT,
        ...(modelRequestKey === undefined ? {} : { pinnedKey: modelRequestKey }),
      },
      signal,
      receivedAt: now,
    },
    loop,
    beginTrace("model-refresh", "GET", now),
  );
  if (end.kind === "live") {
    end.answer.abort();
    loop.balancer.end(end.attempt, loop.timing.now());
    return false;
  }
  return end.kind === "whole" && catalog.take(name, end.answer.body);
}
