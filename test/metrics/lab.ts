// Counts of requests that a test makes up, and what the metrics say of them.

import type { Config } from "../../src/config/config.ts";
import { exposition } from "../../src/metrics/exposition.ts";
import type { Family } from "../../src/metrics/family.ts";
import { RequestCounts } from "../../src/metrics/request-counts.ts";
import { requestFamilies } from "../../src/metrics/request-families.ts";
import { type AttemptTrace, beginTrace, type Trace } from "../../src/proxy/trace.ts";
import { loadValid } from "../config/load.ts";
import { samplesIn } from "../fixture/metrics-text.ts";

/** A configuration with these providers, each with two keys. */
export function configOf(names: readonly string[], more: object = {}): Config {
  const providers = names.map((name) => ({
    name,
    base_url: `https://${name}.example/v1`,
    api_keys: [`sk-fake-${name}-0001`, `sk-fake-${name}-0002`],
  }));
  return loadValid({ yaml: JSON.stringify({ providers, ...more }) }).config;
}

export interface CountsOptions {
  readonly listed?: readonly string[];
  readonly redact?: (text: string) => string;
}

export function countsOf(config: Config, { listed = [], redact = (text) => text }: CountsOptions = {}): RequestCounts {
  const all = new Set(listed);
  return new RequestCounts(config, { redact, isListed: (_, model) => all.has(model) });
}

export const ATTEMPT: AttemptTrace = {
  provider: "first",
  keyId: "0123456789ab",
  keyName: "team-a",
  model: "gpt-4o",
  startedAt: 10_003,
  endedAt: 10_503,
  waitedMs: 0,
  backoffMs: 0,
  sentAt: undefined,
  headAt: undefined,
  proxy: undefined,
  outcome: "ok",
  blame: "none",
  status: 200,
  reason: "ok",
  message: undefined,
  text: undefined,
  headers: undefined,
};

/** A request for a chat that `first` served in half a second, but for what is given. */
export function traced(facts: Partial<Trace> = {}): Trace {
  return {
    ...beginTrace("req_1", "POST", 10_000),
    route: "/v1/chat/completions",
    operation: "chat/completions",
    model: "gpt-4o",
    provider: "first",
    status: 200,
    committedAt: 10_503,
    endedAt: 10_505,
    attempts: [ATTEMPT],
    ...facts,
  };
}

export async function textOf(families: Iterable<Family>): Promise<string> {
  let text = "";
  for await (const piece of exposition(families)) text += piece;
  return text;
}

/** The values of one name, by their labels as text. */
export async function valuesOf(counts: RequestCounts, name: string): Promise<Readonly<Record<string, number>>> {
  const samples = samplesIn(await textOf(requestFamilies(counts))).filter((sample) => sample.name === name);
  return Object.fromEntries(samples.map(({ labels, value }) => [Object.values(labels).join(" "), value]));
}
