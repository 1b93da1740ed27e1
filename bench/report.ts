// The figures of a run as Markdown tables.
import { megabytes, micros, ms, table, UNKNOWN, whole } from "./report-table.ts";
import { TARGET_NAMES, type TargetName } from "./servers/targets.ts";
import type { JsonFigures } from "./suites/json-suite.ts";
import type { KeysFigures } from "./suites/keys-suite.ts";
import type { PickFigures } from "./suites/pick-suite.ts";
import type { RecordsReadFigures } from "./suites/records-read-suite.ts";
import type { StartFigures } from "./suites/start-suite.ts";
import { STREAMS, type StreamsFigures } from "./suites/streams-suite.ts";
import { CHUNK_EVERY_MS, STREAM_CHUNKS } from "./wire.ts";

const TITLES: Readonly<Record<TargetName, string>> = {
  direct: "direct",
  minimal: "minimal proxy",
  nginx: "nginx",
  daemon: "daemon",
};

/** What a proxy that is not there has in its cells. */
const ABSENT = "not installed";

type Row<Figures> = readonly [title: string, value: (figures: Figures) => string];

/** Requests per second, latencies and ratios of one JSON suite. */
export function jsonReport(title: string, figures: readonly JsonFigures[]): string {
  const rows = [...new Set(figures.map(({ connections }) => connections))].flatMap((connections) => {
    const own = figures.filter((one) => one.connections === connections);
    const name = `${connections} ${connections === 1 ? "connection" : "connections"}`;
    const perSecond: Row<JsonFigures> = [`${name}: requests/s`, (one) => whole(one.perSecond)];
    const latency: Row<JsonFigures> = ["p50 / p99", (one) => `${ms(one.p50Ms)} / ${ms(one.p99Ms)}`];
    const cpu: Row<JsonFigures> = ["processor time of one request", ({ cpuMicros }) => micros(cpuMicros)];
    return [
      row(
        own,
        perSecond,
        ratiosOf(own, (one) => one.perSecond),
      ),
      row(own, latency, ["", ""]),
      row(
        own,
        cpu,
        ratiosOf(own, (one) => one.cpuMicros),
      ),
    ];
  });
  return `${table(title, [...header(), "daemon / minimal", "daemon / nginx"], rows)}\n\n${addedLatency(figures)}\n`;
}

/** What the daemon does with many streams at once. */
export function streamsReport(figures: readonly StreamsFigures[]): string {
  const rows: readonly Row<StreamsFigures>[] = [
    ["first token p50 / p99", (one) => `${ms(one.firstP50Ms)} / ${ms(one.firstP99Ms)}`],
    ["delay of a chunk p50 / p99", (one) => `${ms(one.chunkP50Ms)} / ${ms(one.chunkP99Ms)}`],
    ["processor time", (one) => (one.cpuSeconds === undefined ? UNKNOWN : `${one.cpuSeconds.toFixed(2)} s`)],
    ["peak memory, fresh process", (one) => megabytes(one.peakMemory)],
    ["peak memory, after a load of JSON too", (one) => megabytes(one.peakMemoryLater)],
    ["failed streams", (one) => whole(one.failures)],
  ];
  const title = `${whole(STREAMS)} streams at once, ${STREAM_CHUNKS} chunks each, ${CHUNK_EVERY_MS} ms apart`;
  const body = rows.map((one) => row(figures, one));
  return `${table(title, header(), body)}\n`;
}

/** Start and rest of the compiled daemon. */
export function startReport({ firstAnswerMs, idleMemory }: StartFigures): string {
  const rows = [
    ["start of the process to its first proxied answer", ms(firstAnswerMs)],
    ["memory 5 s later", megabytes(idleMemory)],
  ];
  return `${table("The compiled daemon alone", ["", "daemon"], rows)}\n`;
}

/** Commands and the daemon on many keys. */
export function keysReport(figures: KeysFigures): string {
  const { longestAtRestMs, longestWhileSavingMs, longestWhileAddingMs, longestWhileImportingMs } = figures;
  const rows = [
    ["`keys import`, no daemon", ms(figures.importOfflineMs)],
    ["`keys import`, into a running daemon", ms(figures.importRunningMs)],
    ["`keys list`, into a pipe", ms(figures.listMs)],
    ["`keys list --json`", ms(figures.listJsonMs)],
    ["start of the daemon until it listens", ms(figures.startMs)],
    ["longest request, at rest", ms(longestAtRestMs)],
    [`longest request, while the state is saved ${whole(figures.saves)} times`, ms(longestWhileSavingMs)],
    ["longest request, while 10 keys are added one by one", ms(longestWhileAddingMs)],
    [`longest request, while ${whole(figures.keys)} keys are imported`, ms(longestWhileImportingMs)],
  ];
  const commands = Object.entries(figures.commandMs).map(([command, took]) => [`\`${command}\``, ms(took)]);
  return [
    table(`${whole(figures.keys)} keys`, ["", "daemon"], rows),
    table("Whole commands, with a running daemon", ["", "median"], commands),
    "",
  ].join("\n\n");
}

/** The choice of a key. */
export function pickReport(figures: readonly PickFigures[]): string {
  const fine = (value: number) => `${value.toFixed(2)} µs`;
  const rows: readonly Row<PickFigures>[] = [
    ["choice, every key could serve", ({ allUs }) => fine(allUs)],
    ["choice, all but ten rest", ({ keys, fewUs }) => (keys > 10 ? fine(fewUs) : "")],
    ["why there is none, all rest", ({ noneUs }) => fine(noneUs)],
    ["choice, begin, verdict and end", ({ wholeUs }) => fine(wholeUs)],
    ["memory of an idle key", ({ bytesPerKey, keys }) => (keys > 100 ? `${whole(bytesPerKey)} B` : "")],
  ];
  const head = ["", ...figures.map(({ keys }) => `${whole(keys)} ${keys === 1 ? "key" : "keys"}`)];
  return table(
    "Choice of a key",
    head,
    rows.map(([title, value]) => [title, ...figures.map(value)]),
  );
}

/** Questions about many request records. */
export function recordsReadReport(figures: RecordsReadFigures): string {
  const { requests, databaseBytes, longestAtRestMs, questions } = figures;
  const slow = questions.filter(({ medianMs }) => medianMs > 200).length;
  const stalls = questions.filter(({ longestRequestMs }) => longestRequestMs > 20).length;
  const summary = `${slow} of ${questions.length} questions take more than 200 ms; beside ${stalls} a request took more than 20 ms. At rest the longest took ${ms(longestAtRestMs)}.`;
  const rows = questions.map((one) => [one.question, ms(one.firstMs), ms(one.medianMs), ms(one.longestRequestMs)]);
  const title = `${whole(requests)} request records, ${megabytes(databaseBytes)}`;
  return `${table(title, ["", "first", "median", "longest request meanwhile"], rows)}\n\n${summary}\n`;
}

function header(): readonly string[] {
  return ["", ...TARGET_NAMES.map((name) => TITLES[name])];
}

function row<Figures extends { readonly target: TargetName }>(
  figures: readonly Figures[],
  [title, value]: Row<Figures>,
  more: readonly string[] = [],
): readonly string[] {
  const cells = TARGET_NAMES.map((name) => {
    const one = figures.find(({ target }) => target === name);
    return one === undefined ? ABSENT : value(one);
  });
  return [title, ...cells, ...more];
}

/** The daemon against the minimal proxy and against nginx. */
function ratiosOf(figures: readonly JsonFigures[], value: (one: JsonFigures) => number | undefined): readonly string[] {
  const [daemon, ...others] = (["daemon", "minimal", "nginx"] as const).map((name) =>
    figures.find(({ target }) => target === name),
  );
  return others.map((other) => {
    const own = daemon && value(daemon);
    const theirs = other && value(other);
    if (other === undefined) return ABSENT;
    return own === undefined || theirs === undefined ? UNKNOWN : (own / theirs).toFixed(2);
  });
}

function addedLatency(figures: readonly JsonFigures[]): string {
  const alone = figures.filter(({ connections }) => connections === 1);
  const p50 = (name: TargetName): number | undefined => alone.find(({ target }) => target === name)?.p50Ms;
  const direct = p50("direct") ?? 0;
  const added = TARGET_NAMES.filter((name) => name !== "direct" && p50(name) !== undefined).map(
    (name) => `${TITLES[name]} ${ms((p50(name) ?? 0) - direct)}`,
  );
  return `Added to one request, p50 against direct: ${added.join(", ")}.`;
}
