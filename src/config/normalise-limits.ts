// Turns written limits into numbers, and finds those without effect.

import { onceForEach } from "../core/once-for-each.ts";
import { parseCount } from "../core/sizes.ts";
import type { KeyLimits, LimitsConfig } from "./config.ts";
import type { FieldPath } from "./field-path.ts";
import { COUNT_NAMES, type RawLimits, type ResolvedLimits } from "./limits-schema.ts";
import type { LoadContext } from "./load-context.ts";
import type { RawConfig } from "./schema.ts";

/** Undefined where nothing is limited; the same object for the same one. */
export const normaliseLimits = onceForEach((raw: ResolvedLimits): KeyLimits | undefined => {
  const limits = hasCount(raw) ? countsOf(raw, raw.day) : undefined;
  const models = Object.entries(raw.models ?? {});
  const modelLimits = models.map(([pattern, counts]) => ({ pattern, limits: countsOf(counts, raw.day) }));
  if (limits === undefined && models.length === 0) return undefined;
  return { limits, modelLimits: models.length === 0 ? undefined : modelLimits };
});

/** Reports each zone for days that no limit heeds. */
export function checkDays(raw: RawConfig, { list }: LoadContext): void {
  const check = (own: RawLimits | undefined, path: FieldPath, heeding: readonly (RawLimits | undefined)[]): void => {
    const hasZone = own?.day !== undefined && own.day !== "rolling";
    if (hasZone && !list.touchesBroken(path) && !heeding.some(countsDays))
      list.error([...path, "day"], "has no effect: neither rpd nor tpd is set");
  };
  const ofKeys = (index: number) => (raw.providers[index]?.api_keys ?? []).map(limitsOfKey);
  const ofAll = raw.providers.map(({ limits }, index) => [limits, ...ofKeys(index)]);
  check(raw.limits, ["limits"], [raw.limits, ...ofAll.flat()]);
  for (const [index, ofProvider] of ofAll.entries()) {
    const [own, ...keys] = ofProvider;
    const path = ["providers", index];
    check(own, [...path, "limits"], [raw.limits, ...ofProvider]);
    for (const [position, key] of keys.entries())
      check(key, [...path, "api_keys", position, "limits"], [raw.limits, own, key]);
  }
}

type Counts = Omit<RawLimits, "day" | "models">;

function countsOf(raw: Counts, day: string): LimitsConfig {
  const { rpm, rpd, tpm, tpd, concurrency } = raw;
  return { rpm: count(rpm), rpd: count(rpd), tpm: count(tpm), tpd: count(tpd), concurrency: count(concurrency), day };
}

function count(written: string | number | undefined): number | undefined {
  if (typeof written !== "string") return written;
  const parsed = parseCount(written);
  if (parsed === undefined) throw new Error("Cannot use a count that was not validated");
  return parsed;
}

function hasCount(raw: Counts): boolean {
  return COUNT_NAMES.some((name) => raw[name] !== undefined);
}

/** Whether any of them is of a day. */
export function countsDays(raw: RawLimits | undefined): boolean {
  const all = [raw, ...Object.values(raw?.models ?? {})];
  return all.some((counts) => counts?.rpd !== undefined || counts?.tpd !== undefined);
}

function limitsOfKey(key: NonNullable<RawConfig["providers"][number]["api_keys"]>[number]): RawLimits | undefined {
  return typeof key === "object" && "key" in key ? key.limits : undefined;
}
