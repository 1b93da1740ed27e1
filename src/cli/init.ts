// `init`: writes a first config file.
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PRESETS } from "../config/presets.ts";
import { EXIT } from "../core/exit-codes.ts";
import { errorCode } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext, GlobalOptions } from "./cli-context.ts";
import { initTemplate } from "./init-template.ts";

interface InitOptions extends GlobalOptions {
  readonly config: string;
}

/** Readable by its owner only: it holds tokens. */
const FILE_MODE = 0o600;
const TOKEN_BYTES = 24;

/** Writes a commented config file with fresh tokens. @throws UserError when the file exists or cannot be written. */
export function init(context: CliContext, options: InitOptions): number {
  const path = resolve(context.cwd, options.config);
  const providers = providersOf(context);
  const tokens = { clientToken: freshToken("sk-ob"), adminToken: freshToken("admin") };
  const text = initTemplate({ ...tokens, presets: providers });
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: FILE_MODE, flag: "wx" });
  } catch (error: unknown) {
    throw new UserError(`Cannot write ${options.config}: ${reasonOf(error)}`, EXIT.failed, { cause: error });
  }
  if (!options.quiet) context.out.write(nextSteps(options.config, providers, context));
  return EXIT.ok;
}

/** The known providers whose variable is set, or the most common one. */
function providersOf({ env }: CliContext): readonly string[] {
  const set = PRESETS.filter(
    ({ variable, baseUrl }) => variable !== undefined && baseUrl !== undefined && env[variable],
  );
  return set.length === 0 ? ["openai"] : set.map(({ name }) => name);
}

function freshToken(prefix: string): string {
  return `${prefix}-${randomBytes(TOKEN_BYTES).toString("hex")}`;
}

function nextSteps(file: string, providers: readonly string[], { env, cwd }: CliContext): string {
  const variables = PRESETS.filter(({ name }) => providers.includes(name)).flatMap(({ variable }) => variable ?? []);
  const missing = variables.filter((name) => !env[name]);
  const flag = resolve(cwd, file) === resolve(cwd, "config.yaml") ? "" : ` --config ${file}`;
  const start = [...missing.map((name) => `${name}=...`), `openai-balance serve${flag}`].join(" ");
  return [
    `Wrote ${file} with a fresh client token and admin token`,
    `Start with: ${start}`,
    "Programs use the token below auth.client_tokens as their API key",
    "",
  ].join("\n");
}

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  return code === "EEXIST" ? "it exists already, and is left as it is" : (code ?? String(error));
}
