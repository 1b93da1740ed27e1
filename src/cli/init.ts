// `init`: writes a first config file.
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PRESETS } from "../config/presets.ts";
import { createFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { newTokenSecret } from "../tokens/stored-token.ts";
import type { CliContext, GlobalOptions } from "./cli-context.ts";
import type { DataDirOption } from "./data-options.ts";
import { initTemplate } from "./init-template.ts";
import { note, say } from "./say.ts";
import { storedKeys } from "./stored-keys.ts";

interface InitOptions extends GlobalOptions, DataDirOption {
  readonly config: string;
}

const TOKEN_BYTES = 24;

/** Providers for the file, those whose keys are known, and those of which nothing but a name is. */
interface Found {
  readonly names: readonly string[];
  readonly withKeys: ReadonlySet<string>;
  readonly unknown: readonly string[];
}

/** Writes a commented config file with fresh tokens. @throws UserError when the file exists or cannot be written. */
export async function init(context: CliContext, options: InitOptions): Promise<number> {
  const found = providersOf(context, storedProviders(context, options));
  await writeNewConfig(context, options.config, textWith(found.names));
  say(context, options, ...nextSteps(options, found, context));
  for (const name of found.unknown)
    note(context, `There are stored keys of ${name}, which needs an entry with its base_url in ${options.config}`);
  return EXIT.ok;
}

/** The text of a new file that has these providers first, and all others that have keys already. */
export function newConfigText(
  context: CliContext,
  options: GlobalOptions & DataDirOption,
  first: readonly string[],
): string {
  const { names, withKeys } = providersOf(context, storedProviders(context, options));
  const others = names.filter((name) => !first.includes(name) && (withKeys.has(name) || first.length === 0));
  return textWith([...first, ...others]);
}

/** Makes the file, and its folder where that is missing. @throws UserError when it exists or cannot be written. */
export async function writeNewConfig({ cwd }: CliContext, file: string, text: string): Promise<void> {
  const path = resolve(cwd, file);
  try {
    mkdirSync(dirname(path), { recursive: true });
    await createFile(path, text);
  } catch (error: unknown) {
    throw new UserError(`Cannot write ${file}: ${reasonOf(error)}`, EXIT.failed, { cause: error });
  }
}

function textWith(presets: readonly string[]): string {
  return initTemplate({ clientToken: newTokenSecret(), adminToken: freshAdminToken(), presets });
}

/** With a file, only providers that it names exist: those of stored keys must not be lost. */
function storedProviders(context: CliContext, { color, dataDir }: GlobalOptions & DataDirOption): ReadonlySet<string> {
  const { keys } = storedKeys(context, { color, ...(dataDir !== undefined && { dataDir }) });
  return new Set(keys.map(({ provider }) => provider));
}

/** The known providers whose variable is set or of which keys are stored, or the most common one. */
function providersOf({ env }: CliContext, stored: ReadonlySet<string>): Found {
  const withKeys = new Set([
    ...stored,
    ...PRESETS.flatMap(({ name, variable }) => (variable && env[variable] ? name : [])),
  ]);
  const names = PRESETS.filter(({ name, baseUrl }) => baseUrl !== undefined && withKeys.has(name)).map(
    ({ name }) => name,
  );
  const unknown = [...stored].filter((name) => !names.includes(name));
  return { names: names.length === 0 ? ["openai"] : names, withKeys, unknown };
}

function freshAdminToken(): string {
  return `admin-${randomBytes(TOKEN_BYTES).toString("hex")}`;
}

function nextSteps(
  { config, dataDir }: InitOptions,
  { names, withKeys }: Found,
  { cwd }: CliContext,
): readonly string[] {
  const missing = PRESETS.filter(({ name }) => names.includes(name) && !withKeys.has(name)).flatMap(
    ({ variable }) => variable ?? [],
  );
  const flags = [
    ...(resolve(cwd, config) === resolve(cwd, "config.yaml") ? [] : ["--config", config]),
    ...(dataDir === undefined ? [] : ["--data-dir", dataDir]),
  ];
  return [
    `Wrote ${config} with a fresh client token and admin token.`,
    "Programs use the token below auth.client_tokens as their API key. Start with:",
    `  ${[...missing.map((name) => `${name}=...`), "openai-balance serve", ...flags].join(" ")}`,
  ];
}

function reasonOf(error: unknown): string {
  return errorCode(error) === "EEXIST" ? "it exists already, and is left as it is" : ioFault(error);
}
