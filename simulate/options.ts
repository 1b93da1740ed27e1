// The options of `npm run simulate`.
import { parseArgs } from "node:util";
import { PAGE } from "./with-table.ts";

export interface Options {
  /** Undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly seed: number;
  /** In place of what each scenario says. */
  readonly windows: number | undefined;
  /** Put the table into its page of the documentation. */
  readonly writes: boolean;
  /** Show when and why this scenario's calls were refused, instead of the table. */
  readonly explain: string | undefined;
}

export const USAGE = `Usage: npm run simulate -- [options]

  --only LIST      these scenarios; all by default
  --seed N         another course of chance, 1 by default
  --windows N      so many limit windows, in place of what each scenario says
  --write          also put the table into docs/simulation.md
  --explain NAME   instead: when and why calls of this scenario were refused
  --help           this text, and the names of the scenarios
`;

/** The options; undefined to print the usage. @throws Error for wrong ones. */
export function parseOptions(args: readonly string[], known: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      seed: { type: "string", default: "1" },
      windows: { type: "string" },
      write: { type: "boolean", default: false },
      explain: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const only = values.only?.split(",");
  const unknown = [...(only ?? []), ...(values.explain === undefined ? [] : [values.explain])].find(
    (name) => !known.includes(name),
  );
  if (unknown !== undefined) throw new Error(`Cannot simulate "${unknown}": expected ${known.join(", ")}`);
  if (values.write && only !== undefined) throw new Error(`Cannot write ${PAGE}: --only leaves scenarios out`);
  return {
    only,
    seed: parseCount("--seed", values.seed),
    windows: values.windows === undefined ? undefined : parseCount("--windows", values.windows),
    writes: values.write,
    explain: values.explain,
  };
}

function parseCount(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`Cannot use ${option} "${text}": expected 1 or more`);
  return count;
}
