// What a chart shows.

/** `colour`: of `--chart-1` to `--chart-5`. */
export interface ChartSeries {
  readonly label: string;
  readonly form: "line" | "bars";
  readonly colour: 1 | 2 | 3 | 4 | 5;
  /** One for each time; null where nothing was measured. */
  readonly values: readonly (number | null)[];
}

export interface ChartData {
  readonly title: string;
  /** When each column begins, in wall-clock milliseconds, equally far apart. */
  readonly times: readonly number[];
  /** Always the same ones in the same order. */
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
}
