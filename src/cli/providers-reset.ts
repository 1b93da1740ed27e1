// `providers reset`: closes the breakers of a provider and ends a suspicion.
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import { type TargetOptions, whenText } from "./connection.ts";
import { printedJson } from "./print-json.ts";
import { say } from "./say.ts";

export interface ProvidersResetOptions extends TargetOptions, JsonOption {
  readonly model?: string;
}

export async function providersReset(
  context: CliContext,
  provider: string,
  { model, ...options }: ProvidersResetOptions,
): Promise<number> {
  await using connection = await connect(context, options, "write");
  const input = { provider, ...(model !== undefined && { model }) };
  const done = await connection.control.call("providers.reset", input);
  if (printedJson(context, options, done)) return EXIT.ok;
  const name = model === undefined ? `Reset ${done.provider}` : `Reset ${model} at ${done.provider}`;
  const nothing = model === undefined ? "no breaker was open, and it was not suspect" : "its breaker was not open";
  say(context, options, done.cleared ? name + whenText(connection) : `${name}: ${nothing}`);
  return EXIT.ok;
}
