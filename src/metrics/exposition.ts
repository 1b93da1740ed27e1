// Metrics as the text that Prometheus reads (version 0.0.4), written by prom-client.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Family, Sample } from "./family.ts";
import { Gauge, Registry } from "./prom-client.ts";

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Samples that are written in one turn, which takes some 0.5 ms. */
const SLICE_SAMPLES = 500;
/** What says of a metric what it is stands on two lines before its values. */
const HEAD_LINES = 2;

/** The text in pieces; a turn of the event loop passes between two of them. */
export async function* exposition(families: Iterable<Family>): AsyncGenerator<string> {
  let left = SLICE_SAMPLES;
  for (const { samples, ...facts } of families) {
    let isFirst = true;
    for (const slice of slices(samples)) {
      if (slice.length > left) {
        await nextTurn();
        left = SLICE_SAMPLES;
      }
      left -= slice.length;
      const text = await textOf({ ...facts, samples: slice });
      yield isFirst ? `${text}\n` : `${withoutHead(text)}\n`;
      isFirst = false;
    }
  }
}

interface Slice extends Family {
  readonly samples: readonly Sample[];
}

type Shown = Awaited<ReturnType<InstanceType<typeof Gauge>["get"]>>;

/** prom-client writes a metric as what its `get` says; what this one says was counted elsewhere. */
class Snapshot extends Gauge {
  readonly #slice: Slice;

  constructor(slice: Slice) {
    super({ name: slice.name, help: slice.help, registers: [] });
    this.#slice = slice;
  }

  override async get(): Promise<Shown> {
    const { name, help, samples } = this.#slice;
    const values = samples.map(({ labels, value, suffix = "" }) => ({ labels, value, metricName: name + suffix }));
    // It is typed as an enumeration of numbers, and is one of these words.
    const type = this.#slice.type as unknown as Shown["type"];
    return { name, help, type, values, aggregator: "sum", collect: () => {} };
  }
}

function textOf(family: Slice): Promise<string> {
  const registry = new Registry();
  registry.registerMetric(new Snapshot(family));
  return registry.getSingleMetricAsString(family.name);
}

function withoutHead(text: string): string {
  let at = 0;
  for (let line = 0; line < HEAD_LINES; line += 1) at = text.indexOf("\n", at) + 1;
  return text.slice(at);
}

/** At least one, which may be empty. */
function* slices(samples: Iterable<Sample>): Generator<readonly Sample[]> {
  let slice: Sample[] = [];
  let isEmpty = true;
  for (const sample of samples) {
    slice.push(sample);
    isEmpty = false;
    if (slice.length < SLICE_SAMPLES) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0 || isEmpty) yield slice;
}
