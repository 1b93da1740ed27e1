// Reads a profile of `bun --cpu-prof`: in which functions the processor's time went, and on whose behalf.

/** What is needed of the format of Chrome's profiler. */
export interface CpuProfile {
  readonly nodes: readonly CpuProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface CpuProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** A function, and the time that is put down to it. */
export interface Spot {
  readonly name: string;
  /** File, relative to the root, and line; empty for the runtime. */
  readonly place: string;
  readonly micros: number;
}

export interface ProfileSummary {
  /** Self time of each function, most first; idle time is left out. */
  readonly self: readonly Spot[];
  /** Like `self`, but packages and runtime count for the function of src that called them. */
  readonly onBehalf: readonly Spot[];
  /** Time of each function and all that it called before it returned or waited. */
  readonly inclusive: readonly Spot[];
}

const IDLE = /^\((?:idle|program|root)\)$/;

/** Leaves out the first `skipMs`; `root` is what places are relative to. */
export function summarise(given: CpuProfile, { root, skipMs }: { root: string; skipMs: number }): ProfileSummary {
  const profile = without(given, skipMs * 1000);
  const spots = new Map(profile.nodes.map((node) => [node.id, spotOf(node, root)]));
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const callers = new Map(profile.nodes.map(({ id }) => [id, callerInSource(id, spots, parents)]));
  return {
    self: total(profile, (id) => [spots.get(id)]),
    onBehalf: total(profile, (id) => [callers.get(id)]),
    inclusive: total(profile, (id) => ancestors(id, parents).map((at) => spots.get(at))),
  };
}

function without({ nodes, samples, timeDeltas }: CpuProfile, skipMicros: number): CpuProfile {
  let passed = 0;
  const first = timeDeltas.findIndex((delta) => {
    passed += delta;
    return passed >= skipMicros;
  });
  return { nodes, samples: samples.slice(first), timeDeltas: timeDeltas.slice(first) };
}

function spotOf({ callFrame: { functionName, url, lineNumber } }: CpuProfileNode, root: string): Spot {
  const path = url.replace("file://", "").replace(`${root}/`, "");
  return { name: functionName || "(anonymous)", place: url === "" ? "" : `${path}:${lineNumber + 1}`, micros: 0 };
}

/** The nearest function of src in the stack, itself included. */
function callerInSource(
  id: number,
  spots: ReadonlyMap<number, Spot>,
  parents: ReadonlyMap<number, number>,
): Spot | undefined {
  const found = ancestors(id, parents).find((at) => spots.get(at)?.place.startsWith("src/"));
  if (found !== undefined) return spots.get(found);
  const own = spots.get(id);
  return own !== undefined && IDLE.test(own.name) ? own : { name: "(none of src)", place: "", micros: 0 };
}

/** The stack from this node up. */
function ancestors(id: number, parents: ReadonlyMap<number, number>): readonly number[] {
  const stack: number[] = [];
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) stack.push(at);
  return stack;
}

/** Puts the time of each sample down to the functions that `spotsOf` names for it, once each. */
function total(
  { samples, timeDeltas }: CpuProfile,
  spotsOf: (id: number) => readonly (Spot | undefined)[],
): readonly Spot[] {
  const totals = new Map<string, Spot>();
  samples.forEach((id, index) => {
    const spots = new Map(spotsOf(id).flatMap((spot) => (spot === undefined ? [] : [[keyOf(spot), spot]])));
    for (const [key, spot] of spots) {
      if (IDLE.test(spot.name)) continue;
      totals.set(key, { ...spot, micros: (totals.get(key)?.micros ?? 0) + (timeDeltas[index] ?? 0) });
    }
  });
  return [...totals.values()].sort((a, b) => b.micros - a.micros);
}

function keyOf({ name, place }: Spot): string {
  return `${name} ${place}`;
}
