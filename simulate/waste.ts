// Which refused calls were wasted: all but what nobody could have known.
import type { CallRecord } from "./world/call-record.ts";

/** A call that was not let in. */
export type RefusedCall = CallRecord & { readonly refusal: NonNullable<CallRecord["refusal"]> };

export interface Waste {
  readonly refused: readonly RefusedCall[];
  readonly wasted: readonly RefusedCall[];
  /**
   * The most refusals by a limit that one key met in one minute. Those that were on their way when the first was
   * answered are one event with it.
   */
  readonly perKeyAndWindow: number;
}

const WINDOW_MS = 60_000;

/**
 * Not wasted are the first call by which a key meets a limit, its death or a fault, with those that began before it was
 * answered, and one more for each fault, the probe that finds it over or not.
 */
export function wasteOf(calls: readonly CallRecord[]): Waste {
  const refused = calls.filter(isRefused);
  const discovered = new Map<string, number>();
  const probed = new Set<string>();
  const wasted = refused.filter((call) => {
    const { cause, episode } = call.refusal;
    const id = `${call.key.name}\0${episode}`;
    const knownAt = discovered.get(id) ?? call.endedAt;
    discovered.set(id, Math.min(knownAt, call.endedAt));
    if (call.at < knownAt) return false;
    if (cause !== "fault" || probed.has(episode)) return true;
    probed.add(episode);
    return false;
  });
  return { refused, wasted, perKeyAndWindow: mostPerKeyAndWindow(refused) };
}

function isRefused(call: CallRecord): call is RefusedCall {
  return call.refusal !== undefined;
}

function mostPerKeyAndWindow(refused: readonly RefusedCall[]): number {
  const counts = new Map<string, number>();
  const knownAt = new Map<string, number>();
  for (const { key, refusal, at, endedAt } of refused.toSorted((a, b) => a.endedAt - b.endedAt)) {
    if (refusal.cause !== "limit" || at < (knownAt.get(key.name) ?? Number.NEGATIVE_INFINITY)) continue;
    knownAt.set(key.name, endedAt);
    const id = `${refusal.episode}\0${Math.floor(at / WINDOW_MS)}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts.values()].reduce((most, count) => Math.max(most, count), 0);
}
