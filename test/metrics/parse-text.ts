// A parser of the text format that others wrote; it has no types of its own.
import { createRequire } from "node:module";

interface ParsedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
}

/** @throws for what is not of the format. Histograms of one name come as one. */
export const parseText = createRequire(import.meta.url)("parse-prometheus-text-format") as (
  text: string,
) => readonly ParsedMetric[];
