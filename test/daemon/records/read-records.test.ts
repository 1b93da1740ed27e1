// Lists and exports of request records against what a filter, an order and a page mean without a database.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { RecordPage } from "../../../src/admin/records-port.ts";
import {
  countRecords,
  exportRecords,
  listRecords,
  type Reader,
  recordsAfter,
} from "../../../src/daemon/records/read-records.ts";
import type { RequestDetail, RequestRecord } from "../../../src/records/record.ts";
import type { RecordFilter, RecordQuestion } from "../../../src/records/record-filter.ts";
import { rangeOfTimes } from "../../../src/records/seq-range.ts";
import { FILTERS, listed, matches, randomRecords } from "./random-records.ts";
import { openRecordsLab } from "./records-lab.ts";

const never = new AbortController().signal;

/** One field in most of them, and several at once. */
const filters: fc.Arbitrary<RecordFilter> = fc
  .record(Object.fromEntries(Object.entries(FILTERS).map(([name, values]) => [name, fc.constantFrom(...values)])), {
    requiredKeys: [],
  })
  .chain((filter) => {
    const entries = Object.entries(filter);
    return fc.subarray(entries, { maxLength: Math.min(3, entries.length) });
  })
  .map((entries) => Object.fromEntries(entries));

const sorts = fc.record({
  sort: fc.constantFrom("time", "duration", "tokens", "cost" as const),
  order: fc.constantFrom("asc", "desc" as const),
});

async function allPages(reader: Reader, question: RecordQuestion): Promise<readonly RequestRecord[]> {
  const found: RequestRecord[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await listRecords(reader, { ...question, cursor }, never);
    expect(page.records.length).toBeLessThanOrEqual(question.limit);
    found.push(...page.records);
    cursor = page.next;
    if (cursor === undefined) return found;
    // A page that says there is more is full.
    expect(page.records.length).toBe(question.limit);
  }
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const bare = ({ tries: _tries, body: _body, ...record }: RequestDetail): RequestRecord => record;

test("a name that hundreds of keys had finds what each did", async () => {
  const records = randomRecords(400, seeded(3)).map((record, at) => ({
    ...record,
    keyId: `id${at}`,
    keyName: "same",
    tries: [],
  }));
  const { reader } = openRecordsLab(records);
  const question = { sort: "time", order: "asc", limit: 1_000, key: "same" } as const;
  expect((await listRecords(reader, question, never)).records).toEqual(records.map(bare));
});

describe("the list", () => {
  const records = randomRecords(700, seeded(7));
  const { reader } = openRecordsLab(records);

  test.each(Object.entries(FILTERS).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    "with %s %p has all that match, and nothing else",
    async (name, value) => {
      const question = { [name]: value, sort: "time", order: "desc", limit: 1_000 } as RecordQuestion;
      const { records: found, next } = await listRecords(reader, question, never);
      expect(found).toEqual(listed(records, question).map(bare));
      expect(next).toBeUndefined();
    },
  );

  test("is filtered, sorted and cut into pages as if all records were in memory", async () => {
    await fc.assert(
      fc.asyncProperty(filters, sorts, fc.integer({ min: 1, max: 400 }), async (filter, sort, limit) => {
        const question: RecordQuestion = { ...filter, ...sort, limit };
        const found = await allPages(reader, question);
        expect(found.map(({ id }) => id)).toEqual(listed(records, question).map(({ id }) => id));
      }),
      { numRuns: 120 },
    );
  }, 30_000);

  test("goes on where it was while more is written, nothing twice and nothing left out", async () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 90 }));
    await fc.assert(
      fc.asyncProperty(sizes, filters, sorts, async ([first, limit], filter, sort) => {
        using lab = openRecordsLab(records.slice(0, first));
        const question: RecordQuestion = { ...filter, ...sort, limit };
        const found: string[] = [];
        let known = first;
        for (let cursor: string | undefined; ; ) {
          const page = await listRecords(lab.reader, { ...question, cursor }, never);
          found.push(...page.records.map(({ id }) => id));
          cursor = page.next;
          if (cursor === undefined) break;
          lab.add(records.slice(known, known + 7));
          known += 7;
        }
        expect(new Set(found).size).toBe(found.length);
        const before = records.slice(0, first).filter((record) => matches(record, filter));
        expect(before.filter(({ id }) => !found.includes(id))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  test("goes back page by page as it went forward", async () => {
    await fc.assert(
      fc.asyncProperty(filters, sorts, fc.integer({ min: 1, max: 300 }), async (filter, sort, limit) => {
        const question: RecordQuestion = { ...filter, ...sort, limit };
        const forward: RecordPage[] = [await listRecords(reader, question, never)];
        for (let page = forward[0]; page?.next !== undefined; forward.push(page))
          page = await listRecords(reader, { ...question, cursor: page.next }, never);
        let page = forward.at(-1) as RecordPage;
        for (const before of forward.slice(0, -1).toReversed()) {
          page = await listRecords(reader, { ...question, cursor: page.previous }, never);
          expect(page.records).toEqual(before.records);
          expect(page.next).toBe(before.next);
        }
        expect(page.previous).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  test("is broken off between two steps", async () => {
    using lab = openRecordsLab(records);
    const stop = new AbortController();
    const ask: Reader["ask"] = (name, question, signal) => {
      stop.abort(new Error("gone"));
      return lab.reader.ask(name, question, signal);
    };
    const list = listRecords({ ask }, { model: "none", sort: "cost", order: "desc", limit: 1 }, stop.signal);
    await expect(list).rejects.toThrow("gone");
    expect(lab.asked).toEqual([]);
  });
});

describe("the count", () => {
  const records = randomRecords(700, seeded(5));
  const lab = openRecordsLab(records);
  const now = () => 0;

  test("is that of all that match", async () => {
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const count = records.filter((record) => matches(record, filter)).length;
        expect(await countRecords(lab.reader, filter, { signal: never, now })).toEqual({ count, isAll: true });
      }),
      { numRuns: 60 },
    );
  });

  test("is of a part where it takes too long", async () => {
    let at = 0;
    const late = () => (at += 2_001);
    const { count, isAll } = await countRecords(lab.reader, {}, { signal: never, now: late });
    expect(isAll).toBe(false);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(700);
  });
});

describe("the export", () => {
  const records = randomRecords(500, seeded(3));

  test("has all that match with all that is kept, oldest first", async () => {
    using lab = openRecordsLab(records);
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const found = await Array.fromAsync(exportRecords(lab.reader, filter, never));
        expect(found).toEqual(records.filter((record) => matches(record, filter)));
      }),
      { numRuns: 60 },
    );
  });

  test("asks for no more than is taken", async () => {
    using lab = openRecordsLab(records);
    const items = exportRecords(lab.reader, {}, never);
    await items.next();
    expect(lab.asked).toEqual(["details"]);
    await items.return(undefined);
    expect(lab.asked).toEqual(["details"]);
  });

  test("goes through what comes after a place", async () => {
    using lab = openRecordsLab(records);
    const seq = records[250]?.seq ?? 0;
    const range = { ...rangeOfTimes({}), low: seq + 1 };
    const found = await Array.fromAsync(recordsAfter(lab.reader, { filter: { provider: "a" }, range }, never));
    const expected = records.slice(251).filter((record) => matches(record, { provider: "a" }));
    expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  });
});
