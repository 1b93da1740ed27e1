// A timeline of refused calls, for whoever wants to know why they were made.
import type { ScenarioResult } from "./run-scenario.ts";
import { START } from "./virtual-clock.ts";
import type { RefusedCall } from "./waste.ts";

/** More lines than these nobody reads. */
const MAX_LINES = 400;
const AVOIDABLE = ", avoidable";

/** When, which key, what it was answered, and whether that counts as wasted. */
export function explain({ arrivals, gateway, oracle, figures }: ScenarioResult): string {
  const { refused, wasted } = figures.waste;
  const counted = new Set(wasted);
  const lines = refused.map((call) => `${counted.has(call) ? "wasted " : "       "}${describe(call)}`);
  const avoidable = new Set(figures.avoidable);
  const failed = arrivals.flatMap(({ index, at, client }) => {
    const [ours, theirs] = [gateway.endings[index], oracle.endings[index]];
    if (ours === undefined || ours.isServed) return [];
    const isAvoidable = avoidable.has(index);
    const here = `${time(at)}  request ${index} of client-${client} failed at ${time(ours.at)}: ${ours.code}`;
    return [
      `${here}; the oracle: ${theirs?.code ?? "-"} at ${time(theirs?.at ?? START)}${isAvoidable ? AVOIDABLE : ""}`,
    ];
  });
  return [
    `Refused calls: ${refused.length}, of them wasted: ${wasted.length}`,
    ...shortened(lines),
    "",
    `Failed requests: ${failed.length}, of them avoidable: ${figures.avoidable.length}`,
    // Those that matter first.
    ...shortened(failed.toSorted((a, b) => Number(b.endsWith(AVOIDABLE)) - Number(a.endsWith(AVOIDABLE)))),
  ].join("\n");
}

function describe({ at, key, arrival, status, refusal, detail }: RefusedCall): string {
  const place = `${key.name} ${arrival.model.name} request ${arrival.index}`;
  return `${time(at)}  ${place}  ${status} ${refusal.cause} ${messageOf(detail)}`.trimEnd();
}

function messageOf(detail: string): string {
  if (detail === "") return "";
  const { error } = JSON.parse(detail) as { readonly error: { readonly message: string } };
  return error.message;
}

function time(at: number): string {
  return `${((at - START) / 1_000).toFixed(3).padStart(9)}s`;
}

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more`];
}
