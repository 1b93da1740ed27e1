// `tokens revoke` and `tokens rotate`.
import type { OutputOf } from "../../admin/operation-table.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import { type TargetOptions, whenText } from "../connection.ts";
import { printedJson } from "../print-json.ts";
import { hint, note, say } from "../say.ts";

export interface TokensRevokeOptions extends TargetOptions, JsonOption {
  readonly yes?: boolean;
}

export interface TokensRotateOptions extends TargetOptions, JsonOption {
  readonly grace?: string;
}

type Revoked = OutputOf<"tokens.revoke">;

/** Asks first on a terminal; elsewhere `--yes` says that it is meant. `EXIT.failed` when some could not be revoked. */
export async function tokensRevoke(
  context: CliContext,
  words: readonly string[],
  options: TokensRevokeOptions,
): Promise<number> {
  if (!(await isMeant(words, context, options))) return EXIT.ok;
  await using connection = await connect(context, options, "write");
  const result = await connection.control.call("tokens.revoke", { tokens: [...words] });
  const exitCode = result.refused.length > 0 ? EXIT.failed : EXIT.ok;
  if (printedJson(context, options, result)) return exitCode;
  for (const { name, why } of result.refused) note(context, `Cannot revoke ${name}: ${why}`);
  if (result.revoked.length > 0) say(context, options, `Revoked ${namesOf(result)}${whenText(connection)}`);
  if (result.open && result.revoked.length > 0)
    note(context, "No client token is left: every program on the daemon's machine may use the keys without one");
  return exitCode;
}

/** The secret goes to standard output, alone. */
export async function tokensRotate(context: CliContext, token: string, options: TokensRotateOptions): Promise<number> {
  const { grace } = options;
  await using connection = await connect(context, options, "write");
  const rotated = await connection.control.call("tokens.rotate", { token, ...(grace !== undefined && { grace }) });
  if (printedJson(context, options, rotated)) return EXIT.ok;
  const old = rotated.previous_until === undefined ? "The old secret counts no longer" : `The old one ends in ${grace}`;
  hint(context, options, `${old}${whenText(connection)}. The secret of ${rotated.token.name}, shown this once:`);
  context.out.write(`${rotated.secret}\n`);
  return EXIT.ok;
}

function namesOf({ revoked }: Revoked): string {
  return revoked.map(({ name }) => name).join(", ");
}

async function isMeant(words: readonly string[], context: CliContext, { yes }: TokensRevokeOptions): Promise<boolean> {
  if (yes === true) return true;
  if (!context.input.isTerminal)
    throw new UserError("Revoked tokens cannot be brought back: --yes says that it is meant");
  if (await context.ask.confirm(`Revoke ${words.join(", ")} for good?`)) return true;
  note(context, "Nothing was revoked");
  return false;
}
