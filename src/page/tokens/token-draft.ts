// A client token as it is typed, and what is asked of the daemon for it.
import type { InputOf } from "../../admin/operation-table.ts";

/** What the fields hold. */
export interface TokenDraft {
  readonly name: string;
  /** Patterns, one a line or with commas between; empty: every model. */
  readonly models: string;
  /** None: every provider. */
  readonly providers: readonly string[];
  readonly operations: string;
  readonly cidrs: string;
  readonly expiry: Expiry;
  /** By the browser's clock, as a field for date and time has it; counts with the expiry `date`. */
  readonly expiresAt: string;
  readonly rpm: string;
  readonly tpm: string;
  readonly tpd: string;
  readonly concurrency: string;
  readonly budget: string;
  readonly budgetPer: BudgetPeriod;
  /** Empty: rolling. */
  readonly day: string;
}

/** Changes some fields of what is typed. */
export type ChangeDraft = (patch: Partial<TokenDraft>) => void;

export const EXPIRIES = ["never", "7d", "30d", "90d", "365d", "date"] as const;
export type Expiry = (typeof EXPIRIES)[number];
export const BUDGET_PERIODS = ["day", "month", "total"] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

type NewToken = InputOf<"tokens.add">;

const DAY_MS = 86_400_000;

export const EMPTY_DRAFT: TokenDraft = {
  name: "",
  models: "",
  providers: [],
  operations: "",
  cidrs: "",
  expiry: "never",
  expiresAt: "",
  rpm: "",
  tpm: "",
  tpd: "",
  concurrency: "",
  budget: "",
  budgetPer: "month",
  day: "",
};

/** Only what was typed; the daemon judges it. @param now wall-clock milliseconds. */
export function newTokenOf(draft: TokenDraft, now: number): NewToken {
  const [models, operations, cidrs] = [draft.models, draft.operations, draft.cidrs].map(wordsIn);
  const given = {
    name: draft.name.trim(),
    models,
    providers: draft.providers,
    operations,
    cidrs,
    expires: expiryOf(draft, now),
    rpm: countIn(draft.rpm),
    tpm: countIn(draft.tpm),
    tpd: countIn(draft.tpd),
    concurrency: countIn(draft.concurrency),
    budget: draft.budget.trim() === "" ? undefined : { amount: Number(draft.budget), per: draft.budgetPer },
    day: hasDays(draft) ? draft.day.trim() : undefined,
  };
  const typed = Object.entries(given).filter(([, value]) => value !== undefined && !isEmpty(value));
  return Object.fromEntries(typed) as NewToken;
}

/** When days begin matters only to limits of days and months. */
export function hasDays({ tpd, budget, budgetPer }: TokenDraft): boolean {
  return tpd.trim() !== "" || (budget.trim() !== "" && budgetPer !== "total");
}

function isEmpty(value: unknown): boolean {
  return value === "" || (Array.isArray(value) && value.length === 0);
}

function wordsIn(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((word) => word !== ""))];
}

/** `60`, `100k`, `2M`: the daemon knows the letters. */
function countIn(text: string): number | string | undefined {
  const typed = text.trim();
  if (typed === "") return undefined;
  return /^\d+$/.test(typed) ? Number(typed) : typed;
}

function expiryOf({ expiry, expiresAt }: TokenDraft, now: number): string | undefined {
  if (expiry === "never") return undefined;
  if (expiry !== "date") return isoAt(now + Number.parseInt(expiry, 10) * DAY_MS);
  const at = new Date(expiresAt).getTime();
  // Said by the daemon, in the words that it has for it.
  return Number.isNaN(at) ? "none" : isoAt(at);
}

/** To the second, as people choose it. */
function isoAt(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}
