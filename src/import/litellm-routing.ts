// Reads how LiteLLM spreads requests: deployments of one name side by side, then their fallbacks.
import { nameForMessage } from "../config/name-for-message.ts";
import type { Row } from "./import-source.ts";
import type { Deployment } from "./litellm-deployment.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { isMap, listAt, mapAt, numberOf, textOf } from "./read-value.ts";

/** A strategy there, and the one here that comes nearest. */
const STRATEGIES: Readonly<Record<string, string>> = {
  "simple-shuffle": "random",
  "least-busy": "balanced",
  "usage-based-routing": "headroom",
  "usage-based-routing-v2": "headroom",
};
const CARRIED: ReadonlySet<string> = new Set([
  "fallbacks",
  "num_retries",
  "timeout",
  "request_timeout",
  "stream_timeout",
  "allowed_fails",
  "routing_strategy",
  "model_group_alias",
]);

/** `sections`: where routing is said, the first one counts. */
export function addRouting(
  deployments: ReadonlyMap<string, readonly Deployment[]>,
  sections: readonly Row[],
  draft: PlanDraft,
): void {
  const fallbacks = new Map(sections.toReversed().flatMap((section) => fallbacksOf(section, draft)));
  const tiersOf = (name: string) =>
    [name, ...(fallbacks.get(name) ?? [])].flatMap((each) => inOrder(deployments.get(each) ?? []));
  for (const name of deployments.keys()) draft.route(name, tiersOf(name));
  for (const [alias, name] of aliasesIn(sections)) {
    if (deployments.has(name)) draft.route(alias, tiersOf(name));
    else draft.leaveOut(`the alias ${nameForMessage(alias)}`, "what it stands for is not carried over");
  }
  for (const [from, names] of fallbacks) {
    const missing = deployments.has(from) ? names.filter((name) => !deployments.has(name)) : [from];
    if (missing.length > 0)
      draft.leaveOut(
        `the fallbacks of ${nameForMessage(from)}`,
        `${missing.map(nameForMessage).join(", ")} is not carried over`,
      );
  }
  const first = (field: string) =>
    sections.map((section) => numberOf(section, field)).find((value) => value !== undefined);
  addNumbers(first, draft);
  addStrategy(
    sections.map((section) => textOf(section, "routing_strategy")).find((value) => value !== undefined),
    draft,
  );
  const names = sections.flatMap((section) => Object.keys(section)).filter((name) => !CARRIED.has(name));
  if (names.length > 0)
    draft.leaveOut(
      `${[...new Set(names)].map(nameForMessage).join(", ")} in its settings`,
      "nothing here corresponds to it",
    );
}

/** Those of one order side by side. */
function inOrder(deployments: readonly Deployment[]): readonly (readonly string[])[] {
  const tiers = [...Map.groupBy(deployments, ({ order }) => order)].toSorted(([a], [b]) => (a === b ? 0 : a - b));
  return tiers.map(([, same]) => same.map(({ target }) => target));
}

function fallbacksOf(section: Row, draft: PlanDraft): readonly (readonly [string, readonly string[]])[] {
  const given = section.fallbacks;
  if (given === undefined || given === null) return [];
  return listAt(given, "fallbacks").flatMap((each, index) =>
    Object.entries(mapAt(each, `fallbacks[${index}]`)).map(([name, others]) => {
      const list = listAt(others, `fallbacks[${index}].${nameForMessage(name)}`);
      if (list.some((other) => typeof other !== "string"))
        draft.leaveOut(`a part of fallbacks[${index}]`, "it says more than a name");
      return [name, list.filter((other) => typeof other === "string")] as const;
    }),
  );
}

function aliasesIn(sections: readonly Row[]): readonly (readonly [string, string])[] {
  return sections.flatMap(({ model_group_alias: aliases }) =>
    Object.entries(isMap(aliases) ? aliases : {}).flatMap(([alias, value]) => {
      const name = isMap(value) ? textOf(value, "model") : value;
      return typeof name === "string" ? [[alias, name] as const] : [];
    }),
  );
}

function addNumbers(first: (field: string) => number | undefined, draft: PlanDraft): void {
  const retries = first("num_retries");
  const failures = first("allowed_fails");
  const timeout = first("timeout") ?? first("request_timeout");
  const stream = first("stream_timeout");
  if (retries !== undefined) draft.setting(["max_retries"], retries);
  // There more than so many failures count, here that many.
  if (failures !== undefined) draft.setting(["max_failures"], failures + 1);
  if (timeout !== undefined && timeout > 0) draft.setting(["timeouts", "response"], `${Math.round(timeout * 1_000)}ms`);
  if (stream !== undefined && stream > 0) draft.setting(["timeouts", "first_byte"], `${Math.round(stream * 1_000)}ms`);
}

function addStrategy(written: string | undefined, draft: PlanDraft): void {
  if (written === undefined) return;
  const strategy = Object.hasOwn(STRATEGIES, written) ? STRATEGIES[written] : undefined;
  if (strategy === undefined)
    draft.leaveOut(`routing_strategy ${nameForMessage(written)}`, "nothing here corresponds to it: see strategy");
  else draft.setting(["strategy"], strategy);
}
