// `open`: opens the page by a one-time link.
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { printedJson } from "./print-json.ts";
import { hint } from "./say.ts";

export interface OpenOptions extends TargetOptions, JsonOption {
  readonly browser?: boolean;
}

/** The link goes to standard output, alone, also where a browser shows it: not every browser that starts is seen. */
export async function open(context: CliContext, options: OpenOptions): Promise<number> {
  await using connection = await connect(context, options, "daemon");
  const link = await connection.control.call("open", {});
  if (printedJson(context, options, link)) return EXIT.ok;
  const isAsked = options.browser === true;
  const isShown = isAsked && (await context.browse(link.url));
  hint(
    context,
    options,
    isShown
      ? "The page opens in the browser. If it does not: this link logs in once, within five minutes:"
      : "This link logs in to the page once, within five minutes:",
  );
  context.out.write(`${link.url}\n`);
  return EXIT.ok;
}
