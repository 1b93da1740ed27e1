// The options that say something of keys: `keys add` and `keys set` have the same ones.
import type { KeySettings } from "../../admin/key-settings.ts";
import { splitList } from "../../config/coerce-text.ts";
import { parseCount } from "../../core/sizes.ts";
import { UserError } from "../../core/user-error.ts";
import { LIMIT_NAMES } from "./key-words.ts";

export interface KeySettingOptions {
  readonly name?: string;
  readonly weight?: string;
  readonly priority?: string;
  readonly models?: string;
  readonly limit?: readonly string[];
}

interface NumberRule {
  readonly option: string;
  readonly expects: string;
  readonly allows: (value: number) => boolean;
}

const WEIGHT: NumberRule = {
  option: "--weight",
  expects: "a number above 0, at most 1000",
  allows: (value) => value > 0 && value <= 1000,
};
const PRIORITY: NumberRule = {
  option: "--priority",
  expects: "a whole number from -1000 to 1000",
  allows: (value) => Number.isInteger(value) && Math.abs(value) <= 1000,
};

/** @throws UserError for a number or a limit that is none. */
export function keySettingsOf({ name, weight, priority, models, limit }: KeySettingOptions): KeySettings {
  return {
    ...(name !== undefined && { name }),
    ...(weight !== undefined && { weight: numberOf(weight, WEIGHT) }),
    ...(priority !== undefined && { priority: numberOf(priority, PRIORITY) }),
    ...(models !== undefined && { models: splitList(models) }),
    ...(limit !== undefined && { limits: limitsOf(limit) }),
  };
}

function numberOf(text: string, { option, expects, allows }: NumberRule): number {
  const value = Number(text);
  if (text.trim() === "" || !allows(value)) throw new UserError(`Cannot use ${option}: expected ${expects}`);
  return value;
}

/** `rpm=60`, several of them separated by commas. */
function limitsOf(texts: readonly string[]): NonNullable<KeySettings["limits"]> {
  return Object.fromEntries(texts.flatMap(splitList).map(limitOf));
}

function limitOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  const name = LIMIT_NAMES.find((known) => known === text.slice(0, at).trim());
  const value = text.slice(at + 1).trim();
  if (at < 0 || name === undefined || value === "")
    throw new UserError(`Cannot use --limit: expected one of ${LIMIT_NAMES.join(", ")}, such as rpm=60`);
  if (name !== "day" && (parseCount(value) ?? 0) <= 0)
    throw new UserError(`Cannot use --limit ${name}: expected a count such as 500, 200k or 2M`);
  return [name, value];
}
