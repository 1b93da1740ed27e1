// Counts every request, sampled or not, by minute and by what reports are divided by.
import type { OutcomeCode } from "../core/verdict.ts";
import { isFailedAttempt } from "./ending.ts";
import { hourOf, minuteOf, type ZoneOffset } from "./hour-bucket.ts";
import { PLACE, type RequestCounts, RollUpRow } from "./roll-up-row.ts";

/** What is counted of an attempt. */
export interface CountedAttempt {
  readonly provider: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly status: number | undefined;
  readonly outcome: OutcomeCode | undefined;
  readonly endedAt: number;
}

/** By what a request is counted. `model`: as the provider that served it calls it, else as the client did. */
export interface CountedRequest {
  readonly endedAt: number;
  readonly provider: string | undefined;
  readonly keyId: string | undefined;
  readonly keyName: string | undefined;
  readonly model: string | undefined;
  readonly client: string | undefined;
  readonly status: number | undefined;
  readonly attempts: readonly CountedAttempt[];
}

/** How often a key failed in one way. */
export interface KeyFault {
  readonly keyId: string;
  readonly keyName: string;
  readonly provider: string;
  /** 0 where none came. */
  readonly status: number;
  readonly outcome: OutcomeCode;
  failures: number;
  lastAt: number;
}

/** What was counted of one minute since the last look; `hour`: the begin of its hour. */
export interface RollUpPage {
  readonly minute: number;
  readonly hour: number;
  readonly rows: readonly RollUpRow[];
  readonly faults: readonly KeyFault[];
}

/** Where a request has no provider, key, model, token or status. */
export const NONE = "(none)";
/** All values beyond those that are told apart in an hour. */
export const OTHER = "(other)";

/** Values told apart in an hour: clients choose the names of models, providers the statuses; the rest is configured. */
const MOST_VALUES: Readonly<Record<string, number>> = {
  total: 1,
  provider: 1_000,
  key: 20_000,
  model: 500,
  token: 5_000,
  status: 200,
};
/** Rows that wait where nothing can be written, some 30 MB; of more the oldest minutes are lost. */
const MOST_ROWS = 50_000;

/** Ways of failing in one minute; far more than there are, unless a provider makes statuses up. */
const MOST_FAULTS = 50_000;

interface Page {
  readonly minute: number;
  readonly hour: number;
  /** The rows of each combination that requests had. */
  readonly combinations: Map<string, readonly RollUpRow[]>;
  readonly rows: Map<string, RollUpRow>;
  readonly faults: Map<string, KeyFault>;
}

export class RollUpBook {
  readonly #offsetOf: ZoneOffset;
  readonly #pages = new Map<number, Page>();
  readonly #values = new Map<string, Set<string>>();
  #hour: number | undefined;
  #size = 0;
  #lost = 0;

  constructor(offsetOf: ZoneOffset) {
    this.#offsetOf = offsetOf;
  }

  /** Rows that wait. */
  get size(): number {
    return this.#size;
  }

  /** Requests that no row tells of, since too many rows waited. */
  get lost(): number {
    return this.#lost;
  }

  /** How many requests wait to be told of. */
  get requests(): number {
    return requestsOf([...this.#pages.values()].map(({ rows }) => ({ rows: rows.values() })));
  }

  add(request: CountedRequest, counts: RequestCounts): void {
    const page = this.#pageOf(request.endedAt);
    const rows = this.#rowsOf(page, request);
    for (const row of rows) row.addRequest(counts);
    this.#addAttempts(page, rows, request.attempts);
  }

  /** All that was counted since the last time, oldest first; it is counted here no longer. */
  take(): readonly RollUpPage[] {
    const pages = [...this.#pages.values()].map(({ minute, hour, rows, faults }) => ({
      minute,
      hour,
      rows: [...rows.values()],
      faults: [...faults.values()],
    }));
    this.#pages.clear();
    this.#size = 0;
    return pages;
  }

  #pageOf(at: number): Page {
    const minute = minuteOf(at);
    const known = this.#pages.get(minute);
    if (known !== undefined) return known;
    while (this.#size >= MOST_ROWS) this.#dropOldest();
    const hour = hourOf(minute, this.#offsetOf);
    if (hour !== this.#hour) this.#values.clear();
    this.#hour = hour;
    const page = { minute, hour, combinations: new Map(), rows: new Map(), faults: new Map() };
    this.#pages.set(minute, page);
    return page;
  }

  #dropOldest(): void {
    const [oldest] = this.#pages.values();
    if (oldest === undefined) return;
    this.#pages.delete(oldest.minute);
    this.#size -= oldest.rows.size + oldest.faults.size;
    this.#lost += requestsOf([{ rows: oldest.rows.values() }]);
  }

  /** Total, provider, key, model, token, status. */
  #rowsOf(page: Page, request: CountedRequest): readonly RollUpRow[] {
    const { provider = NONE, keyId = NONE, model = NONE, client = NONE, status } = request;
    const name = `${provider}\0${keyId}\0${client}\0${status}\0${model}`;
    const known = page.combinations.get(name);
    if (known !== undefined) return known;
    const rows = [
      this.#row(page, "total", ""),
      this.#row(page, "provider", provider),
      this.#row(page, "key", keyId, request.keyName),
      this.#row(page, "model", model),
      this.#row(page, "token", client),
      this.#row(page, "status", status === undefined ? NONE : String(status)),
    ];
    if (page.combinations.size >= MOST_ROWS) page.combinations.clear();
    page.combinations.set(name, rows);
    return rows;
  }

  #row(page: Page, dimension: string, wanted: string, label = ""): RollUpRow {
    const value = this.#isTold(dimension, wanted) ? wanted : OTHER;
    const name = `${dimension}\0${value}`;
    const known = page.rows.get(name);
    if (known !== undefined) return known;
    const row = new RollUpRow(dimension, value, value === wanted ? label : "");
    page.rows.set(name, row);
    this.#size += 1;
    return row;
  }

  #isTold(dimension: string, value: string): boolean {
    const told = this.#values.get(dimension) ?? new Set();
    this.#values.set(dimension, told);
    if (told.has(value)) return true;
    if (value !== NONE && told.size >= (MOST_VALUES[dimension] ?? 0)) return false;
    told.add(value);
    return true;
  }

  /** Providers and keys have the attempts that went to them, all others those of their requests. */
  #addAttempts(page: Page, rows: readonly RollUpRow[], attempts: readonly CountedAttempt[]): void {
    const failed = attempts.filter(({ outcome }) => isFailedAttempt(outcome));
    const [only] = attempts;
    if (only === undefined) return;
    const isAlone = attempts.length === 1;
    for (const row of rows) if (isAlone || !isOfAttempts(row)) row.addAttempts(attempts.length, failed.length);
    if (!isAlone) {
      for (const { provider, keyId, keyName, outcome } of attempts) {
        const failures = isFailedAttempt(outcome) ? 1 : 0;
        this.#row(page, "provider", provider).addAttempts(1, failures);
        this.#row(page, "key", keyId, keyName).addAttempts(1, failures);
      }
    }
    for (const attempt of failed) this.#addFault(page, attempt);
  }

  #addFault(page: Page, { keyId, keyName, provider, status = 0, outcome, endedAt }: CountedAttempt): void {
    if (outcome === undefined) return;
    const name = `${keyId}\0${status}\0${outcome}`;
    const known = page.faults.get(name);
    if (known !== undefined) {
      known.failures += 1;
      known.lastAt = Math.max(known.lastAt, endedAt);
      return;
    }
    if (page.faults.size >= MOST_FAULTS) return;
    page.faults.set(name, { keyId, keyName, provider, status, outcome, failures: 1, lastAt: endedAt });
    this.#size += 1;
  }
}

/** How many requests are counted there. */
export function requestsOf(pages: readonly { readonly rows: Iterable<RollUpRow> }[]): number {
  let sum = 0;
  for (const { rows } of pages) {
    for (const { dimension, counts } of rows) if (dimension === "total") sum += counts[PLACE.requests] ?? 0;
  }
  return sum;
}

function isOfAttempts({ dimension }: RollUpRow): boolean {
  return dimension === "provider" || dimension === "key";
}
