// Reports of usage and of failing keys, put together from what the reading thread sums up part by part.
import type { AttentionQuestion } from "../../admin/records-port.ts";
import { inSlices } from "../../core/slices.ts";
import { UserError } from "../../core/user-error.ts";
import { attentionRows, type KeyFaults } from "../../records/key-faults.ts";
import { type BucketRange, bucketRanges, MINUTE_MS, type PeriodSpan, spanOfPeriod } from "../../records/period-span.ts";
import type { AttentionReport, Dimension, PeriodName, UsageQuestion, UsageReport } from "../../records/usage-report.ts";
import {
  addByValue,
  type PointSum,
  rankedRows,
  seriesOf,
  totalOf,
  usageRow,
  type ValueSum,
} from "../../records/usage-sum.ts";
import type { Reader } from "./read-records.ts";

interface Asked {
  readonly reader: Reader;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** What is counted: from where, and in which parts. */
interface Counted extends PeriodSpan {
  readonly from: number;
  readonly ranges: readonly BucketRange[];
}

type Which = { readonly by: Dimension | "total"; readonly value: string | undefined };

export async function readUsage(question: UsageQuestion, asked: Asked): Promise<UsageReport> {
  const { by, value, limit, hasSeries = true } = question;
  const counted = await countedOf(question, asked);
  const groups = by === undefined ? [] : await groupsOf({ by, value }, counted, asked);
  // Of one value there is no total but its own.
  const isOfOne = by !== undefined && value !== undefined;
  const all = isOfOne ? groups : await sumsOf({ by: "total", value: undefined }, counted, asked);
  const { from } = counted;
  const which: Which = isOfOne ? { by, value } : { by: "total", value: undefined };
  return {
    from,
    to: asked.now,
    total: usageRow(totalOf(all), { value: undefined, label: undefined }),
    groups: rankedRows(groups, limit),
    more: Math.max(0, groups.length - limit),
    series: hasSeries ? await seriesIn(which, counted, asked) : [],
  };
}

async function seriesIn(which: Which, counted: Counted, asked: Asked): Promise<UsageReport["series"]> {
  const points = await pointsOf(which, counted, asked);
  const { from, pointMs } = counted;
  return seriesOf(points, { from, pointMs, count: Math.max(1, Math.ceil((asked.now - from) / pointMs)) });
}

export async function readAttention(question: AttentionQuestion, asked: Asked): Promise<AttentionReport> {
  const { status, provider, limit } = question;
  const { from, ranges } = await countedOf(question, asked);
  const parts: KeyFaults[] = [];
  for (const range of ranges) {
    const part = await asked.reader.ask("attention", { ...range, status, provider }, asked.signal);
    if (part !== undefined) parts.push(part);
  }
  return { from, to: asked.now, rows: attentionRows(parts, limit) };
}

/** @throws UserError for an unknown zone. */
async function countedOf({ period, zone }: { readonly period: PeriodName; readonly zone: string }, asked: Asked) {
  const { reader, now, signal } = asked;
  const span = spanIn(period, zone, now);
  const { from, hoursFrom } = (await reader.ask("span", span, signal)) ?? { from: span.start, hoursFrom: now };
  return { ...span, from, ranges: bucketRanges({ from, hoursFrom, to: now + 1 }) };
}

function spanIn(period: PeriodName, zone: string, now: number): PeriodSpan {
  try {
    return spanOfPeriod(period, zone, now);
  } catch (error: unknown) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`Cannot use the time zone "${zone}": it is not known; expected a name such as Europe/Berlin`);
  }
}

/** One for each value: with thousands of keys in slices, as requests would else wait. */
async function groupsOf(which: Which, { ranges }: Counted, { reader, signal }: Asked): Promise<readonly ValueSum[]> {
  const merged = new Map<string, ValueSum>();
  for (const range of ranges) {
    const sums = await reader.ask("sums", { ...which, ...range }, signal);
    for await (const slice of inSlices(sums ?? [])) addByValue(merged, slice);
  }
  return [...merged.values()];
}

async function sumsOf(which: Which, { ranges }: Counted, { reader, signal }: Asked): Promise<readonly ValueSum[]> {
  const sums: ValueSum[] = [];
  for (const range of ranges) sums.push(...((await reader.ask("sums", { ...which, ...range }, signal)) ?? []));
  return sums;
}

/** Minutes where the period begins at one: they are kept long enough for those. */
async function pointsOf(which: Which, counted: Counted, { reader, now, signal }: Asked): Promise<readonly PointSum[]> {
  const { from, pointMs, isToTheMinute } = counted;
  const ranges = isToTheMinute ? [{ widthMs: MINUTE_MS, from, to: now + 1 }] : counted.ranges;
  const points: PointSum[] = [];
  for (const range of ranges) {
    const part = await reader.ask("points", { ...which, ...range, origin: from, pointMs }, signal);
    points.push(...(part ?? []));
  }
  return points;
}
