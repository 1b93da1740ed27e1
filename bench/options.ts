// The options of `npm run bench`.
import { parseArgs } from "node:util";

const SUITES = ["json", "tls", "streams", "start", "keys", "pick", "records", "records-read", "page"] as const;

export type SuiteName = (typeof SUITES)[number];

export interface Options {
  readonly suites: readonly SuiteName[];
  /** Shorter and fewer rounds: enough to see that it works. */
  readonly isQuick: boolean;
  /** Where all figures go as JSON. */
  readonly jsonFile: string | undefined;
  /** A binary to measure instead of building one. */
  readonly binary: string | undefined;
  /** Take a CPU profile of the daemon instead of measuring. */
  readonly isProfile: boolean;
}

export const USAGE = `Usage: npm run bench -- [options]

  --quick           a short run: one round, short loads
  --only LIST       of ${SUITES.join(", ")}; all by default
  --json FILE       also write all figures there
  --binary FILE     measure this binary instead of building one
  --profile         instead: profile the daemon from source under 32 connections
  --help            this text
`;

/** The options; undefined to print the usage. @throws Error for wrong ones. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      json: { type: "string" },
      binary: { type: "string" },
      profile: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    suites: parseSuites(values.only),
    isQuick: values.quick,
    jsonFile: values.json,
    binary: values.binary,
    isProfile: values.profile,
  };
}

function parseSuites(text: string | undefined): readonly SuiteName[] {
  if (text === undefined) return SUITES;
  const names = text.split(",");
  const unknown = names.find((name) => !SUITES.some((suite) => suite === name));
  if (unknown !== undefined) throw new Error(`Cannot run "${unknown}": expected ${SUITES.join(", ")}`);
  return SUITES.filter((suite) => names.includes(suite));
}
