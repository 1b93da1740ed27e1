// Fetches the providers' model lists in the background: a job at start, on reload and every few minutes.
import type { JobResult } from "../admin/jobs-port.ts";
import { count } from "../config/describe-value.ts";
import type { LoopDeps } from "../proxy/attempt/attempt-loop.ts";
import { runAttempts } from "../proxy/attempt/attempt-loop.ts";
import { endAttempt } from "../proxy/attempt/end-attempt.ts";
import { NO_FACTS } from "../proxy/body/body-facts.ts";
import type { ClientRequest } from "../proxy/client-request.ts";
import type { ModelCatalog } from "../proxy/models/model-catalog.ts";
import { readModelList } from "../proxy/models/model-list.ts";
import { operationOf } from "../proxy/paths/operations.ts";
import { beginTrace } from "../proxy/trace.ts";
import type { Provider } from "../upstream/provider.ts";
import type { Instance } from "./instance.ts";
import type { Job } from "./jobs/job.ts";
import { logBug } from "./log-events.ts";

/** Pages of one list that are asked for; a provider must not keep us busy. */
const MAX_PAGES = 20;
const INTERVAL_MS = 5 * 60_000;
/** Health takes one vote of a client at a time; these calls are ours. */
const CLIENT = "model-refresh";

/** The job that fetches every list. */
export function modelListsJob(refresh: ModelRefresh): Job {
  return {
    name: "model-lists",
    about: "Fetches the providers' model lists",
    needsDaemon: true,
    firstMs: 0,
    intervalMs: () => INTERVAL_MS,
    run: ({ signal, note }) => refresh.all(signal, note),
  };
}

/** Keeps the lists of an instance. */
export class ModelRefresh {
  readonly #instance: Instance;
  /** Providers whose last fetch failed. */
  readonly #unlisted = new Set<string>();
  /** Ends fetches beside the rounds. */
  #beside = new AbortController();

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** Fetches every list now; what is fetched beside is given up for it. */
  async all(signal: AbortSignal, note: (soFar: JobResult) => void): Promise<JobResult> {
    this.stop();
    let [asked, missing] = [0, 0];
    const result = () => resultOf(asked, missing);
    const fetches = [...this.#instance.handler.setup.providers.values()].map(async (provider) => {
      const isThere = await this.#fetch(provider, signal);
      if (signal.aborted) return;
      asked += 1;
      if (!isThere) missing += 1;
      note(result());
    });
    await Promise.all(fetches);
    return result();
  }

  /** Fetches those of providers that are new, or have their first key. */
  unknown(): void {
    const { handler, catalog } = this.#instance;
    if (this.#beside.signal.aborted) this.#beside = new AbortController();
    for (const provider of handler.setup.providers.values()) {
      if (catalog.listOf(provider.config.name) === undefined) void this.#fetch(provider, this.#beside.signal);
    }
  }

  stop(): void {
    this.#beside.abort();
  }

  /** Whether it came. Never rejects. */
  async #fetch(provider: Provider, signal: AbortSignal): Promise<boolean> {
    const { catalog, handler, options } = this.#instance;
    try {
      const fault = await refreshModels(provider, { catalog, loop: handler.loop, signal });
      this.#note(provider.config.name, fault);
      return fault === undefined;
    } catch (error: unknown) {
      logBug(error, "model-refresh", options.logger);
      return false;
    }
  }

  /** Tells each provider's first fault and its end, not one line every few minutes. */
  #note(provider: string, fault: string | undefined): void {
    const { logger } = this.#instance.options;
    if (fault === undefined) {
      if (this.#unlisted.delete(provider)) logger.info({ provider }, "Model list is back");
      return;
    }
    if (fault === "stopped" || this.#unlisted.has(provider)) return;
    this.#unlisted.add(provider);
    logger.info({ provider, reason: fault }, "Model list not available; requests still go there");
  }
}

function resultOf(asked: number, missing: number): JobResult {
  const fetched = asked - missing;
  const words = `${fetched === 0 ? "no list" : count(fetched, "list")} fetched${missing === 0 ? "" : `, ${missing} not available`}`;
  return { words, counts: { fetched, missing } };
}

export interface RefreshDeps {
  readonly catalog: ModelCatalog;
  readonly loop: LoopDeps;
  /** Ends a fetch that runs. */
  readonly signal: AbortSignal;
}

/** Fetches the list of one provider with its usual retries. Gives back why none came, undefined where one did. */
export async function refreshModels(
  provider: Provider,
  { catalog, loop, signal }: RefreshDeps,
): Promise<string | undefined> {
  if (provider.keys.size === 0) return "no_key";
  const { name, models } = provider.config;
  const facts = provider.dialect.modelList;
  if (facts?.kind === "useless") {
    catalog.name(name, models.include.filter(isExactName));
    return undefined;
  }
  const isPaged = facts?.kind === "paged";
  const pages: Uint8Array[] = [];
  let query = isPaged ? facts.query : "";
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const fetched = await fetchPage(provider, query, { loop, signal });
    if (typeof fetched === "string") return fetched;
    pages.push(fetched);
    const next = isPaged ? readModelList(fetched, name)?.next : undefined;
    if (next === undefined || !isPaged) break;
    const nextQuery = `${facts.query}&after_id=${encodeURIComponent(next)}`;
    // Who copies the API may know no pages, and give the first one again and again.
    if (nextQuery === query) break;
    query = nextQuery;
  }
  const options = facts?.kind === "prefixed" ? facts : { isDated: isPaged };
  return catalog.take(name, pages, options) ? undefined : "no_list";
}

/** The body of one page, or why there is none. */
async function fetchPage(
  provider: Provider,
  query: string,
  { loop, signal }: Pick<RefreshDeps, "loop" | "signal">,
): Promise<Uint8Array | string> {
  const now = loop.timing.now();
  const { waiting } = loop;
  // A list is not worth waiting for: the next round comes.
  const impatient = {
    ...loop,
    ...(waiting && { waiting: { ...waiting, limits: { ...waiting.limits, maxWaitMs: 0 } } }),
  };
  const request = { ...listRequest(provider, now, signal), query };
  const end = await runAttempts(request, impatient, beginTrace("model-refresh", "GET", now));
  switch (end.kind) {
    case "whole":
      return end.answer.body;
    case "live":
      end.answer.abort();
      endAttempt(end.attempt, { usage: undefined, isSent: true }, loop);
      return "no_list";
    case "upstream-error":
      return `http_${end.answer.status}`;
    case "refusal":
      return end.code;
    case "client-gone":
      return "stopped";
    default:
      return end satisfies never;
  }
}

function isExactName(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}

function listRequest({ config }: Provider, receivedAt: number, signal: AbortSignal): ClientRequest {
  const { name, modelRequestKey } = config;
  const operation = operationOf("GET", "/models");
  return {
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
      isFree: true,
      ...(modelRequestKey === undefined ? {} : { pinnedKey: modelRequestKey }),
    },
    signal,
    receivedAt,
  };
}
