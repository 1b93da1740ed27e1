// Batches are put together in slices, so that no request waits for a large one.
import { describe, expect, test } from "bun:test";
import { Redactor } from "../../../src/core/redaction.ts";
import { packBatch } from "../../../src/daemon/records/pack-batch.ts";
import { recordRow } from "../../../src/daemon/records/record-row.ts";
import { countedRequest, requestCounts } from "../../../src/daemon/records/request-counts.ts";
import type { Trace } from "../../../src/proxy/trace.ts";
import { RollUpBook } from "../../../src/records/roll-up-book.ts";
import { REQUEST_NUMBERS } from "../../../src/storage/records/columns.ts";
import { failedTrace, servedTrace } from "./trace-fixtures.ts";

const rowsOf = (traces: readonly Trace[]) =>
  traces.map((trace) => recordRow(trace, { costNanos: undefined, weight: 1 }));

/** How many turns the event loop took meanwhile. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

describe("packBatch", () => {
  test("takes a turn for every 250 requests at most", async () => {
    const rows = rowsOf(Array.from({ length: 1_000 }, (_, index) => servedTrace(index)));
    expect(await turnsDuring(() => packBatch(rows, [], new Redactor()))).toBeGreaterThanOrEqual(3);
  });

  test("takes a turn for every two bodies of the largest size", async () => {
    const body = { bytes: new Uint8Array(65_536).fill(97), size: 65_536 };
    const rows = rowsOf(Array.from({ length: 40 }, (_, index) => failedTrace(index, { body })));
    expect(await turnsDuring(() => packBatch(rows, [], new Redactor()))).toBeGreaterThanOrEqual(19);
  });

  test("takes a turn for every 250 counts", async () => {
    const book = new RollUpBook(() => 0);
    for (let index = 0; index < 2_000; index += 1) {
      const trace = servedTrace(1_000, { keyId: `k${index}`, keyName: `n${index}` });
      book.add(countedRequest(trace), requestCounts(trace, undefined));
    }
    const pages = book.take();
    expect(await turnsDuring(() => packBatch([], pages, new Redactor()))).toBeGreaterThanOrEqual(7);
  });

  test("keeps rows, attempts and bodies together over all slices", async () => {
    const body = { bytes: new TextEncoder().encode('{"a":1}'), size: 7 };
    const rows = rowsOf(
      Array.from({ length: 600 }, (_, index) => (index % 2 === 0 ? servedTrace(index) : failedTrace(index, { body }))),
    );
    const batch = await packBatch(rows, [], new Redactor());
    expect(batch.requests.texts.split("\n")).toHaveLength(600);
    expect(batch.requests.numbers).toHaveLength(600 * REQUEST_NUMBERS.length);
    expect(batch.attempts.texts.split("\n")).toHaveLength(300);
    expect(Array.from(batch.bodies.numbers).filter((_, at) => at % 2 === 0)).toEqual(
      Array.from({ length: 300 }, (_, index) => 2 * index + 1),
    );
    expect(batch.bodies.texts.split("\n")[0]).toBe('["{\\"a\\":1}"]');
  });

  test("leaves out what is cut off of a body", async () => {
    const bytes = new TextEncoder().encode(`${"word ".repeat(1_000)}begin-of-a-secret`);
    const [row] = rowsOf([failedTrace(1, { body: { bytes, size: 90_000 } })]);
    const batch = await packBatch(row ? [row] : [], [], new Redactor());
    const [text = ""] = JSON.parse(batch.bodies.texts) as string[];
    expect([text.length, text.includes("begin"), batch.bodies.numbers[1]]).toEqual([5_017 - 256, false, 90_000]);
  });
});
