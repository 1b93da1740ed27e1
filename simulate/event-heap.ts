// Events in the order of their times; those of one time keep the order in which they were added.

export interface HeapEvent {
  readonly at: number;
  readonly order: number;
  /** Undefined: cancelled. */
  run: (() => void) | undefined;
}

/** Below this many cancelled events a sweep is not worth its time. */
const MIN_SWEEP = 1_024;

/** A binary heap whose cancelled events are swept once they are the majority. */
export class EventHeap {
  #events: HeapEvent[] = [];
  #order = 0;
  #cancelled = 0;

  /** Events that are still to run. */
  get size(): number {
    return this.#events.length - this.#cancelled;
  }

  /** The time of the next event; undefined without any. Only for heaps in which nothing is cancelled. */
  get earliest(): number | undefined {
    return this.#events[0]?.at;
  }

  add(at: number, run: () => void): HeapEvent {
    this.#order += 1;
    const event: HeapEvent = { at, order: this.#order, run };
    this.#events.push(event);
    this.#rise(this.#events.length - 1);
    return event;
  }

  /** Takes an event out; one that has run or was cancelled stays as it is. */
  cancel(event: HeapEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    this.#cancelled += 1;
    if (this.#cancelled > MIN_SWEEP && this.#cancelled * 2 > this.#events.length) this.#sweep();
  }

  /** Removes the earliest event and answers when it is due and what it runs. */
  take(): { readonly at: number; readonly run: () => void } | undefined {
    for (let event = this.#shift(); event !== undefined; event = this.#shift()) {
      const { at, run } = event;
      if (run === undefined) this.#cancelled -= 1;
      else {
        event.run = undefined;
        return { at, run };
      }
    }
    return undefined;
  }

  #shift(): HeapEvent | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    if (first === undefined || last === undefined || this.#events.length === 0) return first;
    this.#events[0] = last;
    this.#sink(0);
    return first;
  }

  #sweep(): void {
    this.#events = this.#events.filter(({ run }) => run !== undefined);
    this.#cancelled = 0;
    for (let i = (this.#events.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  #rise(start: number): void {
    const events = this.#events;
    const event = events[start] as HeapEvent;
    let at = start;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = events[above] as HeapEvent;
      if (!isBefore(event, parent)) break;
      events[at] = parent;
      at = above;
    }
    events[at] = event;
  }

  #sink(start: number): void {
    const events = this.#events;
    const event = events[start] as HeapEvent;
    let at = start;
    for (;;) {
      let below = 2 * at + 1;
      const [left, right] = [events[below], events[below + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) below += 1;
      const child = events[below] as HeapEvent;
      if (!isBefore(child, event)) break;
      events[at] = child;
      at = below;
    }
    events[at] = event;
  }
}

function isBefore(a: HeapEvent, b: HeapEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
