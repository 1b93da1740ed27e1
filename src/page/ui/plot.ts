// Draws a chart on a canvas: the one file that knows uPlot, loaded when the first chart is shown.
import uPlot from "uplot";
import { aloneAt, type PlotValues, rangeOf, stacked } from "./plot-data.ts";

/** `colour`: asked each time it is drawn, as themes change. */
export interface PlotSeries {
  readonly form: "line" | "bars";
  readonly colour: () => string;
}

export interface PlotOptions {
  readonly series: readonly PlotSeries[];
  /** Bars stand on each other. */
  readonly isStacked: boolean;
  /** Colours of axes and grid. */
  readonly text: () => string;
  readonly line: () => string;
  readonly font: string;
  readonly formatValue: (value: number) => string;
  /** @param ms wall-clock milliseconds */
  readonly formatTime: (ms: number) => string;
  /** Which column is pointed at; undefined: none. */
  readonly onPoint: (index: number | undefined) => void;
}

export interface PlotData {
  /** When each column begins, in wall-clock milliseconds. */
  readonly times: readonly number[];
  readonly values: PlotValues;
}

export interface Plot {
  setData(data: PlotData): void;
  /** Fits it to its place. */
  fit(): void;
  redraw(): void;
  destroy(): void;
}

const MINUTE_S = 60;
const GRID_WIDTH = 1;
const Y_AXIS_WIDTH = 56;
const X_AXIS_HEIGHT = 28;
const MIN_TICK_GAP = 56;
/** What is shown is counted, or is milliseconds: no part of one means anything. */
const WHOLE_STEPS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
const BAR_SHARE = 0.75;
const MOST_BAR_WIDTH = 28;

/** Puts a chart into an element, whose size it takes. */
export function drawPlot(place: HTMLElement, options: PlotOptions, data: PlotData): Plot {
  const { clientWidth: width, clientHeight: height } = place;
  const plot = new uPlot({ width, height, ...settingsOf(options) }, columnsOf(data, options), place);
  return {
    setData: (next) => plot.setData(columnsOf(next, options)),
    fit: () => {
      const size = { width: place.clientWidth, height: place.clientHeight };
      if (size.width > 0 && (size.width !== plot.width || size.height !== plot.height)) plot.setSize(size);
    },
    redraw: () => plot.redraw(),
    destroy: () => plot.destroy(),
  };
}

function settingsOf(options: PlotOptions): Omit<uPlot.Options, "width" | "height"> {
  return {
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    padding: [8, 20, 0, 0],
    scales: {
      x: { range: ({ data }) => [...rangeOf(data[0] ?? [], MINUTE_S)] },
      y: { range: (_plot, _least, most) => [0, most === null || most <= 0 ? 1 : most * 1.05] },
    },
    axes: axesOf(options),
    // What is stacked is drawn from the highest sum down, each over the one before.
    series: [{}, ...options.series.map((one) => seriesOf(one)).reverse()],
    hooks: {
      setCursor: [({ cursor: { idx } }) => options.onPoint(idx ?? undefined)],
    },
  };
}

function axesOf({ text, line, font, formatValue, formatTime }: PlotOptions): uPlot.Axis[] {
  const look: uPlot.Axis = { stroke: text, font, grid: { stroke: line, width: GRID_WIDTH }, ticks: { show: false } };
  const shownTimes = (_plot: uPlot, splits: number[]) => splits.map((seconds) => formatTime(seconds * 1_000));
  const shownValues = (_plot: uPlot, splits: number[]) => splits.map((value) => formatValue(value));
  return [
    { ...look, values: shownTimes, grid: { show: false }, size: X_AXIS_HEIGHT, space: MIN_TICK_GAP },
    { ...look, values: shownValues, size: Y_AXIS_WIDTH, incrs: WHOLE_STEPS },
  ];
}

function seriesOf({ form, colour }: PlotSeries): uPlot.Series {
  if (form === "line") {
    const filter = ({ data }: uPlot, series: number) => [...aloneAt(Array.from(data[series] ?? []))];
    return { stroke: colour, width: 2, points: { show: true, size: 5, fill: colour, filter } };
  }
  // A column reaches from its time on.
  const paths = uPlot.paths.bars?.({ size: [BAR_SHARE, MOST_BAR_WIDTH], align: 1 });
  return { stroke: colour, fill: colour, width: 0, points: { show: false }, ...(paths && { paths }) };
}

/** uPlot counts in seconds. */
function columnsOf({ times, values }: PlotData, { isStacked }: PlotOptions): uPlot.AlignedData {
  const rows = isStacked ? stacked(values) : values;
  return [times.map((ms) => ms / 1_000), ...rows.toReversed().map((row) => [...row])];
}
