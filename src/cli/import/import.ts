// `import`: takes over the keys and settings of another program.
import type { OutputOf } from "../../admin/operation-table.ts";
import { presetOf } from "../../config/presets.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { keyIdOf } from "../../core/ids.ts";
import { maskSecret } from "../../core/redaction.ts";
import { UserError } from "../../core/user-error.ts";
import { type EditedText, editText } from "../../import/edit-text.ts";
import { type FittedPlan, fitPlan } from "../../import/fit-plan.ts";
import type { ImportKind, ImportPlan, PlannedKey } from "../../import/import-plan.ts";
import { ImportFault, type ImportSource } from "../../import/import-source.ts";
import { readPlan } from "../../import/read-plan.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import type { Connection, TargetOptions } from "../connection.ts";
import { environment } from "../read-config.ts";
import { openTarget, type TargetNeeds } from "./config-target.ts";
import { type ImportedKeyRow, leftOutLines, reportImport } from "./import-report.ts";
import type { ConfigTarget, ImportTarget } from "./import-target.ts";
import { readSource } from "./read-source.ts";

export interface ImportOptions extends TargetOptions, JsonOption {
  readonly from?: ImportKind;
  readonly dryRun?: boolean;
  readonly provider?: string;
}

/** Everything or nothing: a key that cannot be stored takes back what was written to the config file. */
export async function importFile(context: CliContext, file: string, options: ImportOptions): Promise<number> {
  const plan = await planOf(context, file, options);
  await using target = await openTarget(context, options, needsOf(plan));
  const { providers } = await target.connection.control.call("providers", {});
  // In a new file only what the plan brings is a provider, beside those of which keys are known.
  const fitted = fitPlan(plan, target.config?.isNew ? [] : providers);
  const edited = await editConfigText(fitted, target);
  const keys = options.dryRun ? await foretold(fitted, target) : await carriedOut(fitted, target, edited);
  const facts = { file, dryRun: options.dryRun === true, plan: fitted, keys, edited, target };
  reportImport(context, options, facts);
  return EXIT.ok;
}

async function planOf(context: CliContext, file: string, options: ImportOptions): Promise<ImportPlan> {
  const name = file === "-" ? "standard input" : file;
  try {
    const source: ImportSource = await readSource(file, context);
    const env = environment(context, options);
    const plan = readPlan(source, options.from, { env, provider: options.provider });
    if (isEmpty(plan)) {
      const why = leftOutLines(plan);
      const title = `there is nothing in it that could be imported${why.length === 0 ? "" : ":"}`;
      throw new ImportFault([title, ...why].join("\n  "));
    }
    return plan;
  } catch (error: unknown) {
    if (error instanceof ImportFault) throw new UserError(`Cannot import ${name}: ${error.message}`);
    throw error;
  }
}

function isEmpty({ keys, providers, clientTokens, settings, adminToken }: ImportPlan): boolean {
  return keys.length + providers.length + clientTokens.length + settings.length === 0 && adminToken === undefined;
}

function needsOf({ providers, settings, clientTokens, adminToken }: ImportPlan): TargetNeeds {
  const isQuiet = settings.length + clientTokens.length + providers.length === 0 && adminToken === undefined;
  return { names: providers.map(({ name }) => name), isOfKeysOnly: isQuiet };
}

/** Undefined where the key store alone holds all of it: a known provider comes with its first key. */
async function editConfigText(plan: FittedPlan, { config, connection }: ImportTarget): Promise<EditedText | undefined> {
  if (isOfKeysOnly(plan, config)) return undefined;
  if (config === undefined)
    throw new UserError(
      "The daemon that runs has no config file, which this import needs: stop it, import again, and start it with the file that is written",
      EXIT.failed,
    );
  const { tokens } = await connection.control.call("tokens.list", {});
  const ids = new Set(config.isNew ? [] : tokens.map(({ id }) => id));
  const edited = editOrExplain(plan, config, { ids, names: new Set(tokens.map(({ name }) => name)) });
  if (edited.text !== config.text) await config.check(edited.text);
  return edited;
}

function isOfKeysOnly(
  { providers, settings, clientTokens, adminToken }: FittedPlan,
  config: ConfigTarget | undefined,
): boolean {
  const isPlain = providers.every(
    ({ name, fields }) => presetOf(name)?.baseUrl !== undefined && Object.keys(fields).length === 0,
  );
  const isQuiet = settings.length + clientTokens.length === 0 && adminToken === undefined;
  return isQuiet && (providers.length === 0 || (isPlain && config === undefined));
}

interface Known {
  readonly ids: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

function editOrExplain(plan: FittedPlan, { text, isNew, file }: ConfigTarget, { ids, names }: Known): EditedText {
  try {
    return editText(text, plan, { isNew, tokenIds: ids, tokenNames: names });
  } catch (error: unknown) {
    if (error instanceof ImportFault) throw new UserError(`Cannot add to ${file}: ${error.message}`);
    throw error;
  }
}

/** What would become of each key. Nothing is stored, nothing written. */
async function foretold(plan: FittedPlan, { connection, config }: ImportTarget): Promise<readonly ImportedKeyRow[]> {
  if (plan.keys.length === 0) return [];
  const { keys, unfit } = await connection.control.call("keys.add", { keys: [...plan.keys], dry_run: true });
  const added = new Set(plan.providers.map(({ name }) => name));
  const byLine = new Map(keys.map((row) => [row.line, row]));
  const faults = new Map(unfit.map(({ line, why }) => [line, why]));
  return plan.keys.map((key, index) => {
    const row = byLine.get(index + 1);
    if (row !== undefined) return rowOf(row);
    if (added.has(key.provider ?? "") || config?.isNew) return newRow(key);
    throw new UserError(`Cannot add ${maskSecret(key.key)}: ${faults.get(index + 1)}; nothing was imported`);
  });
}

function rowOf({ id, name, masked, provider, outcome }: OutputOf<"keys.add">["keys"][number]): ImportedKeyRow {
  return { id, name, masked, provider, outcome };
}

function newRow({ key, name, provider = "" }: PlannedKey): ImportedKeyRow {
  return {
    id: keyIdOf(provider, key),
    name: name ?? maskSecret(key),
    masked: maskSecret(key),
    provider,
    outcome: "added",
  };
}

async function carriedOut(
  plan: FittedPlan,
  target: ImportTarget,
  edited: EditedText | undefined,
): Promise<readonly ImportedKeyRow[]> {
  const { config } = target;
  const isWritten = config !== undefined && edited !== undefined && (config.isNew || edited.text !== config.text);
  if (isWritten) await config.write(edited.text);
  if (plan.keys.length === 0) return [];
  try {
    return await added(plan, await target.connectionForKeys());
  } catch (error: unknown) {
    if (isWritten) await config.undo();
    throw error;
  }
}

async function added({ keys }: FittedPlan, { control }: Connection): Promise<readonly ImportedKeyRow[]> {
  const result = await control.call("keys.add", { keys: [...keys] });
  return result.keys.map(rowOf);
}
