// What one webhook is told, and when: no fault twice, no storm, no end of a fault that it never heard of.
import type { WebhookEvent } from "../config/webhook-events.ts";
import type { Condition } from "./condition.ts";

/** One message: an event, and each subject that it is about. */
export interface Alert {
  readonly event: WebhookEvent;
  /** Wall-clock milliseconds of the first of them. */
  readonly at: number;
  readonly about: readonly Condition[];
}

/** What is to be sent now, and when to ask again; undefined: not before something is noted. */
export interface Due {
  readonly alerts: readonly Alert[];
  readonly nextAt: number | undefined;
}

/** What happens within this time after another of its kind goes into the same message. */
export const QUIET_MS = 1_000;
/** But no message waits for more to come for longer than this; and so far apart are two messages of one kind. */
export const STORM_MS = 60_000;
/** A subject is told to be in one state once in this time; twice as long each time that it comes again at once. */
export const REPEAT_MS = 60_000;
export const MAX_REPEAT_MS = 600_000;
/** What is kept in mind at most: clients name models as they like, and the end of one that nobody asks for is not heard. */
export const MOST_SUBJECTS = 20_000;

/** When an event was last told of a subject, and for how long it is not again. */
interface Told {
  readonly at: number;
  readonly windowMs: number;
}

interface Entry {
  condition: Condition;
  /** Since when it is as it is. */
  since: number;
  /** The fault that the receiver knows of. */
  known: WebhookEvent | undefined;
  readonly told: Map<WebhookEvent, Told>;
}

/** Messages of one kind: the same event at the same provider. */
interface Group {
  readonly event: WebhookEvent;
  readonly members: Entry[];
  first: number;
  last: number;
}

/** Plain data and no clock: times are given. */
export class AlertBook {
  readonly #entries = new Map<string, Entry>();
  /** Subjects whose state the receiver does not know yet. */
  readonly #open = new Set<string>();
  /** When a message of each kind was last made. */
  readonly #sent = new Map<string, number>();

  /** It stands so with a subject now. */
  note(condition: Condition, at: number): void {
    for (const subject of condition.also === undefined ? [] : this.#below(condition.also)) this.#wellAgain(subject, at);
    const { subject, fault } = condition;
    if (condition.isSilent === true) {
      this.forget(subject);
      return;
    }
    const entry = this.#entries.get(subject);
    if (entry === undefined) {
      if (fault !== undefined) this.#open.add(this.#add(condition, at));
      return;
    }
    if (condition.isMoment === true && !this.#open.has(subject) && readyAt(entry, fault, at) > at) return;
    if (entry.condition.fault !== fault) entry.since = at;
    entry.condition = condition;
    if (fault === entry.known) this.#open.delete(subject);
    else this.#open.add(subject);
  }

  /** It stands so already, and the receiver is taken to know. */
  assume(condition: Condition, at: number): void {
    const entry = condition.fault && this.#entries.get(this.#add(condition, at));
    if (entry) entry.known = condition.fault;
  }

  /** Subjects that are gone: nobody is told of them any more. */
  retain(isLeft: (condition: Condition) => boolean): void {
    for (const [subject, { condition }] of this.#entries) if (!isLeft(condition)) this.forget(subject);
  }

  forget(subject: string): void {
    this.#entries.delete(subject);
    this.#open.delete(subject);
  }

  /** Takes what is due. */
  take(now: number): Due {
    this.#sweep(now);
    const alerts: Alert[] = [];
    let nextAt: number | undefined;
    for (const [kind, group] of this.#groups(now)) {
      const dueAt = this.#dueAt(kind, group);
      if (dueAt > now || group.members.length === 0) nextAt = Math.min(nextAt ?? dueAt, dueAt);
      else alerts.push(this.#tell(kind, group, now));
    }
    return { alerts: alerts.toSorted((a, b) => a.at - b.at), nextAt };
  }

  /** Everything that is not known yet, without waiting: before an end. */
  takeAll(now: number): readonly Alert[] {
    const groups = [...this.#groups(now)].filter(([, { members }]) => members.length > 0);
    return groups.map(([kind, group]) => this.#tell(kind, group, now)).toSorted((a, b) => a.at - b.at);
  }

  /** How many subjects it keeps in mind. */
  get size(): number {
    return this.#entries.size;
  }

  #add(condition: Condition, at: number): string {
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= MOST_SUBJECTS) this.forget(oldest);
    this.#entries.set(condition.subject, { condition, since: at, known: undefined, told: new Map() });
    return condition.subject;
  }

  #below(prefix: string): readonly string[] {
    return [...this.#entries.keys()].filter((subject) => subject.startsWith(prefix));
  }

  #wellAgain(subject: string, at: number): void {
    const entry = this.#entries.get(subject);
    if (entry !== undefined) this.note({ ...entry.condition, fault: undefined }, at);
  }

  /** Those that may be told now are members; the others only say when their kind is due. */
  #groups(now: number): ReadonlyMap<string, Group> {
    const groups = new Map<string, Group>();
    for (const subject of this.#open) {
      const entry = this.#entries.get(subject);
      if (entry === undefined) continue;
      const event = entry.condition.fault ?? entry.condition.recovery;
      const kind = `${event} ${entry.condition.facts.provider ?? ""}`;
      const at = readyAt(entry, event, now);
      const group = groups.get(kind) ?? { event, members: [], first: at, last: Math.min(at, now) };
      groups.set(kind, group);
      group.first = Math.min(group.first, at);
      if (at > now) continue;
      group.members.push(entry);
      group.last = Math.max(group.last, at);
    }
    return groups;
  }

  #dueAt(kind: string, { first, last, members }: Group): number {
    const sentAt = this.#sent.get(kind) ?? Number.NEGATIVE_INFINITY;
    const collected = members.length === 0 ? first + QUIET_MS : Math.min(first + STORM_MS, last + QUIET_MS);
    return Math.max(collected, sentAt + STORM_MS);
  }

  #tell(kind: string, { event, members }: Group, now: number): Alert {
    this.#sent.set(kind, now);
    const at = members.reduce((first, { since }) => Math.min(first, since), now);
    for (const entry of members) {
      const { subject, fault, isMoment } = entry.condition;
      const before = entry.told.get(event);
      const isAgain = before !== undefined && now < before.at + 2 * before.windowMs;
      const windowMs = isAgain ? Math.min(2 * before.windowMs, MAX_REPEAT_MS) : REPEAT_MS;
      entry.told.set(event, { at: now, windowMs });
      entry.known = isMoment === true ? undefined : fault;
      this.#open.delete(subject);
    }
    const about = members.map(({ condition }) => condition);
    for (const entry of members) {
      if (entry.condition.isMoment) entry.condition = { ...entry.condition, fault: undefined };
    }
    return { event, at, about };
  }

  /** Forgets what is well and was long ago, and times that a clock which went back left in the future. */
  #sweep(now: number): void {
    for (const [kind, at] of this.#sent) if (at > now || at + STORM_MS <= now) this.#sent.delete(kind);
    for (const [subject, entry] of this.#entries) {
      entry.since = Math.min(entry.since, now);
      for (const [event, { at, windowMs }] of entry.told) {
        if (at > now || at + 2 * windowMs <= now) entry.told.delete(event);
      }
      const isOver = entry.condition.fault === undefined && entry.known === undefined && entry.told.size === 0;
      if (isOver && !this.#open.has(subject)) this.#entries.delete(subject);
    }
  }
}

/** When an event may be told of a subject. */
function readyAt({ since, told }: Entry, event: WebhookEvent | undefined, now: number): number {
  const before = event === undefined ? undefined : told.get(event);
  // A clock that went back must not silence it.
  if (before === undefined || before.at > now) return since;
  return Math.max(since, before.at + before.windowMs);
}
