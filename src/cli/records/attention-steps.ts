// What to do about keys that failed: the commands that help, for the first few causes.
import type { Control } from "../../admin/control-client.ts";
import type { OutputOf } from "../../admin/operation-table.ts";
import { count } from "../../config/describe-value.ts";
import { UserError } from "../../core/user-error.ts";

export type AttentionRow = OutputOf<"stats.attention">["keys"][number];

/** More would hide the table above them. */
const MOST_STEPS = 3;

/**
 * Keys that are refused or have no credit each need something; where several failed alike, it is once that one looks
 * at what their provider said. A key that is gone or disabled needs nothing.
 */
export async function attentionSteps(rows: readonly AttentionRow[], control: Control): Promise<readonly string[]> {
  const groups = Map.groupBy(firstOfKeys(rows.filter(isOpen)), causeOf);
  const steps = [...groups.values()].slice(0, MOST_STEPS).map((alike) => stepOf(alike, control));
  return (await Promise.all(steps)).flat();
}

function isOpen({ state }: AttentionRow): boolean {
  return state !== undefined && state !== "disabled" && state !== "unused";
}

function firstOfKeys(rows: readonly AttentionRow[]): readonly AttentionRow[] {
  return [...Map.groupBy(rows, ({ key_id }) => key_id).values()].flatMap((alike) => alike.slice(0, 1));
}

function causeOf({ key_id, state, provider, outcome }: AttentionRow): string {
  return JSON.stringify(state === "invalid" || state === "exhausted" ? [key_id] : [provider, outcome]);
}

async function stepOf(alike: readonly AttentionRow[], control: Control): Promise<readonly string[]> {
  const [row, ...others] = alike;
  if (row === undefined) return [];
  const { key_id: id, key, provider, outcome, state } = row;
  const who = `${key} of ${provider}`;
  if (state === "invalid")
    return [
      `${who} is refused: test it, then remove it or keep it out`,
      ...commands(`keys test ${id}`, `keys disable ${id}`),
    ];
  if (state === "exhausted")
    return [
      `${who} has no credit left: top it up and reset it, or keep it out`,
      ...commands(`keys reset ${id}`, `keys disable ${id}`),
    ];
  const all = others.length === 0 ? who : `${count(alike.length, "key")} of ${provider}`;
  return [`${all} failed with ${outcome}: see what the provider said`, ...commands(await lookAt(alike, control))];
}

/** The whole story of the last of these failures; where its record is gone, what there is of the key. */
async function lookAt(alike: readonly AttentionRow[], control: Control): Promise<string> {
  const last = alike.reduce((one, other) => (other.last_at > one.last_at ? other : one));
  try {
    const { record } = await control.call("logs.get", { key: last.key_id, at: last.last_at });
    return `logs --id ${record.id}`;
  } catch (error: unknown) {
    if (!(error instanceof UserError)) throw error;
    return `logs --key ${last.key_id}`;
  }
}

function commands(...lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  openai-balance ${line}`);
}
