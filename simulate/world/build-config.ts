// The configuration of a scenario: every default as a user would have it, and the scenario's keys.

import type { Config, KeyConfig, LimitsConfig, ProviderConfig } from "../../src/config/config.ts";
import { formatDiagnostic } from "../../src/config/diagnostic.ts";
import { type LoadResult, loadConfig } from "../../src/config/load-config.ts";
import { keyIdOf } from "../../src/core/ids.ts";
import { keysOf } from "../key-plan.ts";
import type { ProviderSpec, Scenario } from "../scenario.ts";
import type { LimitSpec } from "../upstream/limit.ts";

/** The validated configuration; keys are put in afterwards, as a text of 10,000 takes long to read. */
export function buildConfig(scenario: Scenario): Config {
  const { providers, models, strategy, queue } = scenario;
  const file = {
    providers: providers.map(({ name }) => ({
      name,
      base_url: `https://${name}.example/v1`,
      api_keys: [`sk-fake-${name}-template`],
    })),
    models: Object.fromEntries(models.map((model) => [model.name, routeText(model)])),
  };
  const { config } = valid(JSON.stringify(file));
  const withKeys = config.providers.map((provider, index) => ({
    ...provider,
    strategy,
    keys: keyConfigs(provider, providers[index] as ProviderSpec),
  }));
  return { ...config, strategy, queue, providers: withKeys };
}

function routeText({ name, route }: Scenario["models"][number]): readonly (readonly string[])[] {
  return route.map((tier) => tier.map((provider) => `${provider}/${name}`));
}

function valid(yaml: string): Extract<LoadResult, { ok: true }> {
  const readFile = (path: string): string => {
    if (path === "/simulated/config.yaml") return yaml;
    throw Object.assign(new Error("There is no other file"), { code: "ENOENT" });
  };
  const result = loadConfig({ env: {}, cwd: "/simulated", home: "/nobody", platform: "linux", readFile });
  if (!result.ok) throw new Error(`Cannot build the scenario:\n${result.diagnostics.map(formatDiagnostic).join("\n")}`);
  return result;
}

function keyConfigs({ keys }: ProviderConfig, spec: ProviderSpec): readonly KeyConfig[] {
  const [template] = keys;
  if (template === undefined) throw new Error("Cannot build the scenario: the template of its keys is gone");
  return keysOf(spec).map((key) => ({
    ...template,
    id: keyIdOf(spec.name, key.secret),
    name: key.name,
    secret: key.secret,
    ...(spec.states === true && { limits: statedLimits(key.limits) }),
  }));
}

const NO_LIMITS: LimitsConfig = {
  rpm: undefined,
  rpd: undefined,
  tpm: undefined,
  tpd: undefined,
  concurrency: undefined,
  day: "rolling",
};

/** The limits as an operator would write them. */
function statedLimits(limits: readonly LimitSpec[]): LimitsConfig {
  return Object.assign({}, NO_LIMITS, ...limits.map(statedLimit));
}

function statedLimit(spec: LimitSpec): Partial<LimitsConfig> {
  if (spec.form === "slots") return { concurrency: spec.limit };
  const name = `${spec.unit === "tokens" ? "t" : "r"}p${spec.per === "day" ? "d" : "m"}`;
  return { [name]: spec.limit, ...(spec.per === "day" && { day: spec.zone ?? "UTC" }) };
}
