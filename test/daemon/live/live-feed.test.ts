// What open pages are told and when, what one gets that comes back, and that nothing is done while none is open.
import { describe, expect, test } from "bun:test";
import type { LiveFigures, LiveItem } from "../../../src/admin/live-port.ts";
import type { Change } from "../../../src/balancer/contract.ts";
import { LiveFeed } from "../../../src/daemon/live/live-feed.ts";
import { settle, VirtualTime } from "../../proxy/fixtures.ts";

const FIGURES: LiveFigures = {
  ...{ inFlight: 0, waiting: 0, served: 0, refused: 0, failed: 0, left: 0 },
  ...{ attempts: 0, promptTokens: 0, completionTokens: 0 },
};

class FeedLab {
  readonly time = new VirtualTime();
  figures = FIGURES;
  /** How often they were looked at. */
  looks = 0;
  readonly feed: LiveFeed;

  constructor() {
    this.feed = new LiveFeed({
      timing: this.time,
      figures: () => {
        this.looks += 1;
        return this.figures;
      },
    });
  }

  open(after?: string): OpenPage {
    return new OpenPage(this.feed, after);
  }
}

/** Reads all that comes, as it comes, until it leaves. */
class OpenPage {
  readonly items: LiveItem[] = [];
  readonly ended: Promise<void>;
  readonly #leaving = new AbortController();

  constructor(feed: LiveFeed, after?: string) {
    this.ended = this.#read(feed, after);
  }

  get events(): readonly string[] {
    return this.items.map(({ event }) => event);
  }

  get lastId(): string {
    return this.ids.findLast((id) => id !== undefined) ?? "none";
  }

  get ids(): readonly (string | undefined)[] {
    return this.items.map((item) => ("id" in item ? item.id : undefined));
  }

  /** The events of a kind. */
  of<Event extends LiveItem["event"]>(event: Event): readonly Extract<LiveItem, { event: Event }>["data"][] {
    return this.items.flatMap((item) => (item.event === event ? [item.data] : [])) as never;
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.ended;
  }

  async #read(feed: LiveFeed, after: string | undefined): Promise<void> {
    for await (const item of feed.follow(after, this.#leaving.signal)) this.items.push(item);
  }
}

const change = (keyId: string): Change => ({
  ...{ at: 0, level: "key", provider: "openai", keyId },
  ...{ from: "ready", to: "cooling", reason: "rate_limited", alert: false },
});

describe("an open page hears", () => {
  test("first who speaks, and how things stand", async () => {
    const lab = new FeedLab();
    const startedAt = lab.time.now();
    await lab.time.advance(5_000);
    lab.figures = { ...FIGURES, inFlight: 3 };
    const page = lab.open();
    await settle();
    expect(page.events).toEqual(["hello", "figures"]);
    const [hello] = page.of("hello");
    expect([hello?.startedAt, hello?.instance]).toEqual([startedAt, expect.stringMatching(/^[0-9a-f]{12}$/)]);
    expect(page.of("figures")).toEqual([lab.figures]);
  });

  test("figures once a second at most, and only where they have changed", async () => {
    const lab = new FeedLab();
    const page = lab.open();
    await lab.time.advance(10_000);
    expect(page.of("figures")).toHaveLength(1);
    for (let served = 1; served <= 30; served++) {
      lab.figures = { ...FIGURES, served };
      await lab.time.advance(100);
    }
    expect(page.of("figures").map(({ served }) => served)).toEqual([0, 10, 20, 30]);
  });

  test("a hundred thousand changes of one second as one event", async () => {
    const lab = new FeedLab();
    const page = lab.open();
    await lab.time.advance(5_000);
    for (let part = 0; part < 10; part++) {
      lab.feed.noteHealth(Array.from({ length: 10_000 }, (_, index) => change(`k${part}-${index}`)));
      await lab.time.advance(part === 0 ? 50 : 5);
    }
    await lab.time.advance(2_000);
    expect(page.of("health")).toEqual([{ keys: undefined, providers: ["openai"] }]);
  });

  test("the first change soon, and those that follow once a second", async () => {
    const lab = new FeedLab();
    const page = lab.open();
    await lab.time.advance(5_000);
    lab.feed.noteHealth([change("k0")]);
    lab.feed.noteChanged("keys", "config");
    await lab.time.advance(100);
    expect(page.events.slice(2)).toEqual(["health", "changed", "changed"]);
    for (let at = 0; at < 30; at++) {
      lab.feed.noteHealth([change(`k${at}`)]);
      await lab.time.advance(100);
    }
    expect(page.of("health").map(({ keys }) => keys?.length)).toEqual([1, 10, 10, 10]);
  });

  test("how many requests were recorded, once a second at most", async () => {
    const lab = new FeedLab();
    const page = lab.open();
    await lab.time.advance(5_000);
    lab.feed.noteWritten(2);
    await lab.time.advance(1_000);
    for (let part = 0; part < 10; part++) {
      lab.feed.noteWritten(13);
      await lab.time.advance(100);
    }
    lab.feed.noteWritten(1);
    await lab.time.advance(2_000);
    expect(page.of("requests")).toEqual([{ count: 2 }, { count: 13 }, { count: 118 }]);
  });
});

describe("a page that comes back", () => {
  test("gets exactly what it missed, wherever it was cut off", async () => {
    const lab = new FeedLab();
    const whole = lab.open();
    await settle();
    const events = whole.items.length;
    for (let at = 0; at < 8; at++) {
      lab.feed.noteHealth([change(`k${at}`)]);
      if (at % 2 === 0) lab.feed.noteChanged("keys");
      if (at % 3 === 0) lab.feed.noteWritten(1 + at);
      lab.figures = { ...FIGURES, served: at };
      await lab.time.advance(1_000);
    }
    expect(whole.items.length).toBeGreaterThan(events + 16);
    for (let cut = 0; cut < whole.items.length; cut++) {
      const page = lab.open(whole.ids[cut]);
      await settle();
      // Who was cut off behind the greeting has no id yet, and begins anew.
      const isNew = whole.ids[cut] === undefined;
      expect(page.events).toEqual(["hello", ...(isNew ? ["figures"] : whole.events.slice(cut + 1))]);
      if (!isNew) expect(page.items.slice(1)).toEqual(whole.items.slice(cut + 1));
      await page.leave();
    }
    await whole.leave();
  });

  test("within a minute of the last one, also what happened while none was there", async () => {
    const lab = new FeedLab();
    const before = lab.open();
    await settle();
    const { lastId } = before;
    await before.leave();
    lab.feed.noteChanged("tokens");
    await lab.time.advance(59_000);
    const after = lab.open(lastId);
    await settle();
    expect(after.events).toEqual(["hello", "changed"]);
  });

  test.each([
    ["after a minute", (lab: FeedLab) => lab.time.advance(61_000)],
    ["after more than is kept", (lab: FeedLab) => flood(lab, 1_001)],
  ])("%s hears that everything may have changed", async (_, pass) => {
    const lab = new FeedLab();
    const before = lab.open();
    await settle();
    const { lastId } = before;
    await before.leave();
    await pass(lab);
    const page = lab.open(lastId);
    await settle();
    expect(page.events).toEqual(["hello", "reset", "figures"]);
    lab.feed.noteChanged("jobs");
    await lab.time.advance(1_000);
    expect(page.events.slice(3)).toEqual(["changed"]);
    const again = lab.open(page.lastId);
    await settle();
    expect(again.events).toEqual(["hello"]);
  });

  test.each([
    "",
    "-",
    "0",
    "x-0",
    "-0",
    "000000000000-0",
    "0-",
    "%ID-",
    "%ID-1e3",
    "%ID-99",
    "%ID--1",
    "%ID-0x0",
    "%ID",
  ])("with the id %p, which is none of this run, hears the same", async (text) => {
    const lab = new FeedLab();
    const first = lab.open();
    await settle();
    const page = lab.open(text.replace("%ID", first.of("hello")[0]?.instance ?? ""));
    await settle();
    expect(page.events).toEqual(["hello", "reset", "figures"]);
  });
});

/** So many events, one a second. */
async function flood(lab: FeedLab, count: number): Promise<void> {
  const other = lab.open();
  for (let at = 0; at < count; at++) {
    lab.feed.noteChanged("keys");
    await lab.time.advance(1_000);
  }
  await other.leave();
}

test("one that reads too slowly loses its place, and goes on from a reset", async () => {
  const lab = new FeedLab();
  const slow = lab.feed.follow(undefined, new AbortController().signal);
  const next = async () => (await slow.next()).value;
  expect([(await next())?.event, (await next())?.event]).toEqual(["hello", "figures"]);
  await flood(lab, 1_200);
  expect([(await next())?.event, (await next())?.event]).toEqual(["reset", "figures"]);
  lab.feed.noteChanged("jobs");
  await lab.time.advance(1_000);
  expect(await next()).toMatchObject({ event: "changed", data: { what: "jobs" } });
  await slow.return(undefined);
});

describe("while no page is open", () => {
  test("nothing is looked at and no timer runs", async () => {
    const lab = new FeedLab();
    lab.feed.noteHealth([change("k")]);
    lab.feed.noteChanged("keys");
    lab.feed.noteWritten(1);
    await lab.time.advance(10_000);
    expect([lab.looks, lab.time.pending]).toEqual([0, 0]);
    const page = lab.open();
    await lab.time.advance(10_000);
    expect(page.events).toEqual(["hello", "figures"]);
  });

  test("it is so again a minute after the last one left", async () => {
    const lab = new FeedLab();
    const pages = [lab.open(), lab.open()];
    await lab.time.advance(1_000);
    for (const page of pages) await page.leave();
    const { looks } = lab;
    await lab.time.advance(60_000);
    expect([lab.looks - looks, lab.time.pending]).toEqual([0, 0]);
    lab.feed.noteWritten(1);
    await lab.time.advance(10_000);
    expect(lab.time.pending).toBe(0);
  });
});

describe("the end of the daemon", () => {
  test("ends every page at once, and leaves no timer", async () => {
    const lab = new FeedLab();
    const pages = [lab.open(), lab.open()];
    await lab.time.advance(1_500);
    lab.feed.noteChanged("keys");
    const ended = lab.feed.end();
    expect(lab.time.pending).toBe(0);
    await ended;
    expect(pages.map(({ events }) => events)).toEqual([
      ["hello", "figures", "stopping"],
      ["hello", "figures", "stopping"],
    ]);
    await Promise.all(pages.map((page) => page.ended));
  });

  test("is not over before each page has taken that it stops, and whoever comes later hears it too", async () => {
    const lab = new FeedLab();
    const slow = lab.feed.follow(undefined, new AbortController().signal);
    const next = async () => (await slow.next()).value?.event;
    expect([await next(), await next()]).toEqual(["hello", "figures"]);
    let isOver = false;
    const ended = lab.feed.end().then(() => {
      isOver = true;
    });
    const late = lab.open();
    await late.ended;
    expect([late.events, lab.time.pending, isOver]).toEqual([["hello", "figures", "stopping"], 0, false]);
    expect([await next(), await next()]).toEqual(["stopping", undefined]);
    await ended;
  });
});
