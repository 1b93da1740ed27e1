// What a webhook is told: examples, and laws over random histories.
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Alert,
  AlertBook,
  MAX_REPEAT_MS,
  MOST_SUBJECTS,
  QUIET_MS,
  REPEAT_MS,
  STORM_MS,
} from "../../src/webhooks/alert-book.ts";
import { type Condition, keyCondition, poolCondition, providerCondition } from "../../src/webhooks/condition.ts";
import { MINUTE, SECOND, START } from "../balancer/fixtures.ts";

const key = (id: string, state: string, provider = "main") => keyCondition(state, { provider, keyId: id, key: id });
const words = (alerts: readonly Alert[]) => alerts.map(({ event, about }) => `${event} ${about.length}`);

/** Lets time pass as the daemon does: it asks when it was told to. */
class Story {
  readonly book = new AlertBook();
  readonly told: { readonly at: number; readonly alert: Alert }[] = [];
  now = START;

  note(condition: Condition): void {
    this.book.note(condition, this.now);
  }

  pass(ms: number): readonly string[] {
    const before = this.told.length;
    const until = this.now + ms;
    for (;;) {
      const { alerts, nextAt } = this.book.take(this.now);
      for (const alert of alerts) this.told.push({ at: this.now, alert });
      if (nextAt === undefined || nextAt > until) break;
      this.now = Math.max(nextAt, this.now + 1);
    }
    this.now = until;
    return words(this.told.slice(before).map(({ alert }) => alert));
  }
}

test("tells a fault once it is quiet, its end once, and nothing twice", () => {
  const story = new Story();
  story.note(key("a", "invalid"));
  expect(story.pass(QUIET_MS - 1)).toEqual([]);
  expect(story.pass(1)).toEqual(["key.invalid 1"]);
  story.note(key("a", "invalid"));
  expect(story.pass(MINUTE)).toEqual([]);
  story.note(key("a", "ready"));
  story.note(key("a", "ready"));
  expect(story.pass(MINUTE)).toEqual(["key.recovered 1"]);
});

test("a fault that ends before it was told is not told, and neither is its end", () => {
  const story = new Story();
  story.note(key("a", "invalid"));
  story.note(key("a", "ready"));
  expect(story.pass(MINUTE)).toEqual([]);
  story.note(key("b", "ready"));
  expect(story.pass(MINUTE)).toEqual([]);
});

test("one fault that follows another is told, and both have one end", () => {
  const story = new Story();
  story.note(providerCondition("open", { provider: "main" }));
  expect(story.pass(SECOND)).toEqual(["provider.open 1"]);
  story.note(providerCondition("suspect", { provider: "main" }));
  expect(story.pass(SECOND)).toEqual(["provider.suspect 1"]);
  story.note(providerCondition("up", { provider: "main" }));
  expect(story.pass(MINUTE)).toEqual(["provider.closed 1"]);
});

test("500 keys that die within a minute are one message that counts them", () => {
  const story = new Story();
  for (let i = 0; i < 500; i++) {
    story.note(key(`k${i}`, "invalid"));
    story.pass(STORM_MS / 500);
  }
  story.pass(10 * MINUTE);
  expect(words(story.told.map(({ alert }) => alert))).toEqual(["key.invalid 500"]);
});

test("a storm with pauses is told at its begin, and then once a minute", () => {
  const story = new Story();
  for (let i = 0; i < 60; i++) {
    story.note(key(`k${i}`, "invalid"));
    story.pass(2 * SECOND);
  }
  story.pass(10 * MINUTE);
  expect(words(story.told.map(({ alert }) => alert))).toEqual(["key.invalid 1", "key.invalid 30", "key.invalid 29"]);
});

test("providers and events do not wait for each other", () => {
  const story = new Story();
  story.note(key("a", "invalid"));
  story.note(key("b", "exhausted"));
  story.note(key("c", "invalid", "other"));
  expect(story.pass(SECOND)).toEqual(["key.invalid 1", "key.exhausted 1", "key.invalid 1"]);
});

test("a key that flaps is told once a minute, then more and more rarely, and in the end as it is", () => {
  const story = new Story();
  for (let i = 0; i < 1_800; i++) {
    story.note(key("a", i % 2 === 0 ? "invalid" : "ready"));
    story.pass(2 * SECOND);
  }
  const told = story.told.filter(({ alert }) => alert.event === "key.invalid");
  const gaps = told.slice(1).map(({ at }, index) => Math.round((at - (told[index]?.at ?? 0)) / MINUTE));
  expect(gaps.slice(0, 4)).toEqual([1, 2, 4, 8]);
  expect(gaps.slice(4).every((gap) => gap >= 10)).toBe(true);
  story.pass(MAX_REPEAT_MS);
  expect(story.told.at(-1)?.alert.event).toBe("key.recovered");
});

test("a key that was calm for a while is told at once again", () => {
  const story = new Story();
  for (const state of ["invalid", "ready"]) {
    story.note(key("a", state));
    story.pass(3 * REPEAT_MS);
  }
  story.note(key("a", "invalid"));
  expect(story.pass(SECOND)).toEqual(["key.invalid 1"]);
});

test("a moment is told once in its time, and has no end", () => {
  const story = new Story();
  const region: Condition = {
    subject: "region main",
    fault: "provider.region_refused",
    recovery: "provider.closed",
    facts: { provider: "main" },
    isMoment: true,
  };
  story.note(region);
  story.note(region);
  expect(story.pass(SECOND)).toEqual(["provider.region_refused 1"]);
  story.note(region);
  expect(story.pass(10 * MINUTE)).toEqual([]);
  story.note(region);
  expect(story.pass(SECOND)).toEqual(["provider.region_refused 1"]);
});

test("what an operator did is not told, and voids what was", () => {
  const story = new Story();
  story.note(key("a", "invalid"));
  story.pass(SECOND);
  story.note({ ...key("a", "ready"), isSilent: true });
  expect(story.pass(10 * MINUTE)).toEqual([]);
  story.note(key("a", "invalid"));
  expect(story.pass(SECOND)).toEqual(["key.invalid 1"]);
});

test("what a provider takes with it is well again", () => {
  const story = new Story();
  for (const model of ["x", "y"]) story.note(providerCondition("open", { provider: "main", model }));
  story.note(providerCondition("open", { provider: "mainly", model: "x" }));
  expect(story.pass(SECOND)).toEqual(["model.open 2", "model.open 1"]);
  story.note({ ...providerCondition("up", { provider: "main" }), also: "model main " });
  expect(story.pass(MINUTE)).toEqual(["model.closed 2"]);
});

test("what a daemon finds at its start is taken as told", () => {
  const story = new Story();
  story.book.assume(key("a", "invalid"), START);
  story.book.assume(key("b", "ready"), START);
  expect(story.pass(MINUTE)).toEqual([]);
  story.note(key("a", "ready"));
  story.note(key("b", "ready"));
  expect(story.pass(SECOND)).toEqual(["key.recovered 1"]);
});

test("who is gone is not told of, and is forgotten", () => {
  const story = new Story();
  for (const id of ["a", "b"]) story.note(key(id, "invalid"));
  story.pass(SECOND);
  story.book.retain(({ facts }) => facts.key === "b");
  for (const id of ["a", "b"]) story.note(key(id, "ready"));
  expect(story.pass(SECOND)).toEqual(["key.recovered 1"]);
  story.pass(MINUTE);
  story.book.take(story.now + MAX_REPEAT_MS);
  expect(story.book.size).toBe(0);
});

test("names that clients make up do not fill the memory: the oldest subject is forgotten", () => {
  const book = new AlertBook();
  for (let i = 0; i < MOST_SUBJECTS + 10; i++)
    book.note(providerCondition("open", { provider: "main", model: `made-up-${i}` }), START);
  expect(book.size).toBe(MOST_SUBJECTS);
  const [alert] = book.takeAll(START + SECOND);
  expect(alert?.about[0]?.facts.model).toBe("made-up-10");
});

test("a clock that goes back silences nobody", () => {
  const story = new Story();
  story.note(key("a", "invalid"));
  story.pass(SECOND);
  story.now -= 24 * 60 * MINUTE;
  story.note(key("a", "ready"));
  story.note(key("b", "invalid"));
  expect(story.pass(2 * SECOND)).toEqual(["key.recovered 1", "key.invalid 1"]);
});

test("before an end everything is told at once", () => {
  const story = new Story();
  story.note(key("a", "invalid"));
  story.note(poolCondition({ provider: "main", usable: 0, total: 1 }, 0.25) as Condition);
  expect(words(story.book.takeAll(story.now))).toEqual(["key.invalid 1", "pool.empty 1"]);
  expect(story.book.takeAll(story.now)).toEqual([]);
});

// Laws over random histories of a few keys.
const step = fc.record({
  id: fc.constantFrom("a", "b", "c"),
  state: fc.constantFrom("invalid", "exhausted", "ready"),
  wait: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 20 * MINUTE })),
});
const history = fc.array(step, { maxLength: 60 });

function play(steps: readonly { readonly id: string; readonly state: string; readonly wait: number }[]) {
  const story = new Story();
  for (const { id, state, wait } of steps) {
    story.note(key(id, state));
    story.pass(wait);
  }
  story.pass(3 * MAX_REPEAT_MS);
  return story;
}

const toldOf = (story: Story, id: string) =>
  story.told.flatMap(({ at, alert }) =>
    alert.about.filter(({ facts }) => facts.key === id).map(() => ({ at, event: alert.event })),
  );

test("law: no state is told twice in a row, and no end before its fault", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const story = play(steps);
      for (const id of ["a", "b", "c"]) {
        const events = toldOf(story, id).map(({ event }) => event);
        expect(events[0]).not.toBe("key.recovered");
        for (const [index, event] of events.entries()) expect(event).not.toBe(events[index + 1] as never);
      }
    }),
  );
});

test("law: the last that is told is how it is", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const story = play(steps);
      for (const id of ["a", "b", "c"]) {
        const last = steps.findLast((each) => each.id === id)?.state ?? "ready";
        const told = toldOf(story, id).at(-1)?.event;
        if (last === "ready") expect([undefined, "key.recovered"]).toContain(told as never);
        else expect(told).toBe(`key.${last}` as never);
      }
    }),
  );
});

test("law: of a key an event is told once a minute at most, and so is a kind of message", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const story = play(steps);
      const lists = ["a", "b", "c"].map((id) => toldOf(story, id));
      for (const list of [...lists, story.told.map(({ at, alert }) => ({ at, event: alert.event }))]) {
        for (const event of new Set(list.map((each) => each.event))) {
          const times = list.filter((each) => each.event === event).map(({ at }) => at);
          for (const [index, at] of times.slice(1).entries()) {
            expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(Math.min(REPEAT_MS, STORM_MS));
          }
        }
      }
    }),
  );
});
