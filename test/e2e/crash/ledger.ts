// What must be true after a crash: what commands acknowledged, and what was seen of health for long enough.
import type { KeyRow } from "../../../src/admin/key-rows.ts";

/** How long before the crash something must have been seen to be owed. */
export interface Margins {
  /** For invalid, exhausted and every rest of a minute or more. */
  readonly lastingMs: number;
  /** For shorter rests. */
  readonly passingMs: number;
}

/** A change of a key that a command was asked for. */
export type Change = "add" | "remove" | "disable" | "enable";

/** `maybe`: a command that would change it was cut off. */
type Fact = "yes" | "no" | "maybe";

/** Something bad about a key, or one of its models: when it was first seen, and until when it holds. */
interface Sighting {
  readonly at: number;
  readonly untilMs: number;
  readonly until: string;
  readonly isLasting: boolean;
}

interface Known {
  readonly name: string;
  isPresent: Fact;
  isDisabled: Fact;
  /** Commands that are under way. */
  pending: number;
  /** By the state of the key, or the model that rests. */
  sightings: Map<string, Sighting>;
}

const LASTING_MS = 60_000;

export class Ledger {
  readonly #keys = new Map<string, Known>();
  readonly counts = { acknowledged: 0, lasting: 0, passing: 0 };

  /** Ids of keys that are there for sure, and that no command is about. */
  get idle(): readonly string[] {
    return [...this.#keys].filter(([, key]) => key.isPresent === "yes" && key.pending === 0).map(([id]) => id);
  }

  begin(change: Change, id: string, name: string): void {
    const key = this.#keys.get(id) ?? emptyKey(name);
    this.#keys.set(id, key);
    key.pending += 1;
    this.#apply(change, key, "maybe");
    // What is removed is forgotten.
    if (change === "remove") key.sightings.clear();
  }

  end(change: Change, id: string, isAcknowledged: boolean): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    key.pending -= 1;
    if (!isAcknowledged) return;
    this.counts.acknowledged += 1;
    this.#apply(change, key, "yes");
  }

  /** What a daemon told at a moment; each sighting keeps the first moment at which it was so. */
  observe(rows: readonly KeyRow[], at: number): void {
    for (const row of rows) {
      const key = this.#keys.get(row.id);
      if (key === undefined) continue;
      const seen = sightingsOf(row, at);
      const hidden = row.state === "disabled" ? [...key.sightings].filter(([place]) => isOfKey(place)) : [];
      const kept = [...seen].map(([place, sighting]) => {
        const known = key.sightings.get(place);
        return [place, known?.until === sighting.until ? known : sighting] as const;
      });
      key.sightings = new Map([...hidden, ...kept]);
    }
  }

  /** What was lost, in words. What was open before is settled by the rows. */
  check(rows: readonly KeyRow[], crashedAt: number, now: number, margins: Margins): readonly string[] {
    const byId = new Map(rows.map((row) => [row.id, row]));
    return [...this.#keys].flatMap(([id, key]) => {
      const row = byId.get(id);
      const lost = [...lostFacts(key, row), ...this.#lostSightings(key, row, { crashedAt, now, margins })];
      key.isPresent = row === undefined ? "no" : "yes";
      key.isDisabled = row?.state === "disabled" ? "yes" : "no";
      return lost.map((what) => `${key.name}: ${what}`);
    });
  }

  #apply(change: Change, key: Known, fact: "yes" | "maybe"): void {
    const opposite = fact === "maybe" ? "maybe" : "no";
    if (change === "add") key.isPresent = fact;
    else if (change === "remove") key.isPresent = opposite;
    else key.isDisabled = change === "disable" ? fact : opposite;
  }

  #lostSightings(key: Known, row: KeyRow | undefined, facts: CrashFacts): readonly string[] {
    const { crashedAt, now, margins } = facts;
    if (row === undefined) return [];
    const found = sightingsOf(row, now);
    return [...key.sightings].flatMap(([place, sighting]) => {
      const { at, untilMs, until, isLasting } = sighting;
      if (row.state === "disabled" && isOfKey(place)) return [];
      const ageMs = crashedAt - at;
      const isBack = found.get(place)?.until === until;
      if (!isBack) key.sightings.delete(place);
      if (untilMs <= now || ageMs < (isLasting ? margins.lastingMs : margins.passingMs)) return [];
      this.counts[isLasting ? "lasting" : "passing"] += 1;
      return isBack
        ? []
        : [`${place} until ${until} was seen ${ageMs} ms before the crash, now ${JSON.stringify(row)}`];
    });
  }
}

interface CrashFacts {
  readonly crashedAt: number;
  readonly now: number;
  readonly margins: Margins;
}

function emptyKey(name: string): Known {
  return { name, isPresent: "no", isDisabled: "no", pending: 0, sightings: new Map() };
}

function lostFacts({ isPresent, isDisabled }: Known, row: KeyRow | undefined): readonly string[] {
  if (isPresent === "yes" && row === undefined) return ["was added, and is gone"];
  if (isPresent === "no" && row !== undefined) return ["was removed, and is there"];
  if (isDisabled === "yes" && row !== undefined && row.state !== "disabled")
    return [`was disabled, and is ${row.state}`];
  return isDisabled === "no" && row?.state === "disabled" ? ["was enabled, and is disabled"] : [];
}

/** Everything that keeps the key, or a model of it, out by itself. */
function sightingsOf({ state, since, until, parts }: KeyRow, at: number): Map<string, Sighting> {
  const own = state === "ready" || state === "disabled" ? [] : [[`key ${state}`, since, until] as const];
  const models = parts.map((part) => [`model ${part.model} ${part.state}`, part.since, part.until] as const);
  return new Map(
    [...own, ...models].map(([place, begin = "", end = ""]) => {
      const untilMs = Date.parse(end);
      const isLasting = isOfKey(place) || untilMs - Date.parse(begin) >= LASTING_MS;
      return [place, { at, until: end, untilMs, isLasting }] as const;
    }),
  );
}

function isOfKey(place: string): boolean {
  return place.startsWith("key ");
}
