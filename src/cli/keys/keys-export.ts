// `keys export`: the stored keys as JSON, secrets only into a file of the user's own.
import { resolve } from "node:path";
import { createFile } from "../../core/atomic-file.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { errorCode, ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { TargetOptions } from "../connection.ts";
import { printJson } from "../print-json.ts";
import { say } from "../say.ts";
import { countOf } from "../words.ts";

export interface KeysExportOptions extends TargetOptions {
  readonly provider?: string;
  readonly secrets?: boolean;
}

export async function keysExport(
  context: CliContext,
  target: string | undefined,
  options: KeysExportOptions,
): Promise<number> {
  const file = target === "-" ? undefined : target;
  if (options.secrets === true && file === undefined) {
    throw new UserError("Secrets are written into a file only: openai-balance keys export --secrets FILE");
  }
  await using connection = await connect(context, options, "read");
  const selection = options.provider === undefined ? {} : { provider: options.provider };
  const { keys } = options.secrets
    ? await connection.control.call("keys.export", selection)
    : await withoutSecrets(connection.control, selection);
  if (file === undefined) {
    printJson(context, { keys });
    return EXIT.ok;
  }
  await write(file, { keys }, context);
  const kind = options.secrets ? ", secrets included: keep it safe" : ", without their secrets: --secrets adds those";
  say(context, options, `Wrote ${countOf(keys.length, "key")} to ${file}${kind}`);
  return EXIT.ok;
}

async function withoutSecrets(
  control: Awaited<ReturnType<typeof connect>>["control"],
  selection: { readonly provider?: string },
) {
  const { keys, store_fault: fault } = await control.call("keys.list", selection);
  // Without a daemon the fault itself was said when the data folder was opened.
  if (fault !== undefined) throw new UserError(control.kind === "offline" ? "No key was exported" : fault, EXIT.failed);
  const stored = keys.filter(({ source }) => source === "key store");
  return {
    keys: stored.map(({ id, provider, name, masked, weight, priority, models, own_limits }) => ({
      id,
      provider,
      name,
      masked,
      weight,
      priority,
      models,
      limits: own_limits,
    })),
  };
}

/** Never into a file that is there: its mode may let others read it. */
async function write(file: string, content: object, { cwd }: CliContext): Promise<void> {
  try {
    await createFile(resolve(cwd, file), `${JSON.stringify(content, null, 2)}\n`);
  } catch (error: unknown) {
    const reason = errorCode(error) === "ENOENT" ? "its folder does not exist" : ioFault(error);
    throw new UserError(`Cannot write ${file}: ${reason}`, EXIT.failed, { cause: error });
  }
}
