// The passphrase of a backup: from a file, a variable, or a person at the terminal; never from the command line.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { EXIT } from "../../core/exit-codes.ts";
import { ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";

export const PASSPHRASE_VARIABLE = "OPENAI_BALANCE_BACKUP_PASSPHRASE";
/** Whoever has the file may guess for years. */
const SHORTEST = 12;

export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

/** For a backup that is made: asked twice. @throws UserError for none, a short one, or two that differ. */
export async function newPassphrase(context: CliContext, options: PassphraseOptions): Promise<string> {
  const given = givenPassphrase(context, options);
  const passphrase = given ?? (await asked(context, "Passphrase for the backup (it is not shown):"));
  if ([...passphrase.normalize("NFC")].length < SHORTEST)
    throw new UserError(`Cannot use the passphrase: expected at least ${SHORTEST} characters`);
  if (given === undefined && (await asked(context, "The same passphrase again:")) !== passphrase)
    throw new UserError("The two passphrases differ: nothing was written");
  return passphrase;
}

/** For a backup that is there. @throws UserError for none. */
export async function knownPassphrase(context: CliContext, options: PassphraseOptions): Promise<string> {
  return givenPassphrase(context, options) ?? (await asked(context, "Passphrase of the backup (it is not shown):"));
}

function givenPassphrase({ cwd, env }: CliContext, { passphraseFile }: PassphraseOptions): string | undefined {
  if (passphraseFile === undefined) return env[PASSPHRASE_VARIABLE] || undefined;
  const text = textOf(resolve(cwd, passphraseFile), passphraseFile);
  // Editors end files with a line break.
  const passphrase = text.replace(/\r?\n$/, "");
  if (passphrase === "") throw new UserError(`Cannot use the passphrase in ${passphraseFile}: the file is empty`);
  return passphrase;
}

/** @throws UserError, also for bytes that are no text: many passphrases would be one then. */
function textOf(path: string, named: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error: unknown) {
    const reason = error instanceof TypeError ? "expected text in UTF-8" : ioFault(error);
    throw new UserError(`Cannot read the passphrase in ${named}: ${reason}`, EXIT.failed, { cause: error });
  }
}

async function asked({ input, ask }: CliContext, question: string): Promise<string> {
  if (!input.isTerminal)
    throw new UserError(
      `There is nobody to ask for the passphrase: use --passphrase-file, or set ${PASSPHRASE_VARIABLE}`,
    );
  return ask.secret(question);
}
