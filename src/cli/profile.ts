// `profile`: daemons on other machines, saved under names.
import { resolve } from "node:path";
import { EXIT } from "../core/exit-codes.ts";
import { ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { ensureMasterKey } from "../keys/master-key.ts";
import { sealSecret } from "../keys/sealed-secret.ts";
import type { CliContext, GlobalOptions, JsonOption } from "./cli-context.ts";
import { type DataDirOption, dataFolderOf } from "./data-options.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printedJson } from "./print-json.ts";
import { type Profile, type ProfileToken, readProfiles, writeProfiles } from "./profile-store.ts";
import { checkedToken, checkedUrl, findProfile, LOCAL, tokenPlace } from "./remote-line.ts";
import { hint, say } from "./say.ts";
import { renderTable } from "./table.ts";

export interface ProfileAddOptions extends GlobalOptions, DataDirOption {
  readonly tokenEnv?: string;
  readonly tokenFile?: string;
}

const BACK_HERE = ", commands act on this machine again";
const NAME = /^[a-zA-Z0-9][\w.-]{0,63}$/;

/** Saves a profile, or replaces the one of that name. */
export async function profileAdd(
  context: CliContext,
  name: string,
  given: string,
  options: ProfileAddOptions,
): Promise<number> {
  if (!NAME.test(name) || name === LOCAL) {
    throw new UserError(
      `Cannot use the name: expected a letter or digit, then more of them, dots, dashes and underscores; ${LOCAL} is this machine`,
    );
  }
  const url = checkedUrl(given);
  const content = readProfiles(context);
  const token = await tokenOf(name, url, context, options);
  const isNew = content.profiles[name] === undefined;
  writeProfiles({ ...content, profiles: { ...content.profiles, [name]: { url, token } } }, context);
  const lines = [
    `${isNew ? "Added" : "Replaced"} ${name}. To ask it once, or from now on:`,
    `  openai-balance health --profile ${name}`,
    `  openai-balance profile use ${name}`,
  ];
  say(context, options, ...lines);
  return EXIT.ok;
}

export function profileList(context: CliContext, options: GlobalOptions & JsonOption): number {
  const { profiles, current } = readProfiles(context);
  const rows = Object.entries(profiles).map(([name, { url, token }]) => ({
    name,
    url,
    token: tokenText(token),
    current: name === current,
  }));
  if (printedJson(context, options, { profiles: rows })) return EXIT.ok;
  if (rows.length === 0) {
    hint(context, options, "There is no profile. To save one:", "  openai-balance profile add NAME https://HOST");
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  type Row = (typeof rows)[number];
  const columns = [
    { title: "PROFILE", text: (row: Row) => row.name, least: 8 },
    { title: "URL", text: (row: Row) => row.url, least: 24 },
    { title: "TOKEN", text: (row: Row) => row.token, least: 12, dropRank: 1 },
    { title: "", text: (row: Row) => (row.current ? "in use" : "") },
  ];
  context.out.write(renderTable(columns, rows, { width: widthOf(context), paint }));
  return EXIT.ok;
}

export function profileRemove(context: CliContext, name: string, options: GlobalOptions): number {
  const content = readProfiles(context);
  findProfile(name, content);
  const { [name]: _removed, ...profiles } = content.profiles;
  const current = content.current === name ? undefined : content.current;
  writeProfiles({ profiles, ...(current !== undefined && { current }) }, context);
  say(context, options, `Removed ${name}${current === undefined && content.current !== undefined ? BACK_HERE : ""}`);
  return EXIT.ok;
}

/** Which daemon commands act on where nothing else is named. */
export function profileUse(context: CliContext, name: string, options: GlobalOptions): number {
  const { profiles } = readProfiles(context);
  if (name !== LOCAL) findProfile(name, { profiles });
  writeProfiles({ profiles, ...(name !== LOCAL && { current: name }) }, context);
  const where = name === LOCAL ? "this machine" : `${name}, ${profiles[name]?.url}, unless --profile ${LOCAL} is given`;
  say(context, options, `Commands act on ${where}`);
  return EXIT.ok;
}

async function tokenOf(
  name: string,
  url: string,
  context: CliContext,
  options: ProfileAddOptions,
): Promise<ProfileToken> {
  const { tokenEnv, tokenFile } = options;
  if (tokenEnv !== undefined && tokenFile !== undefined)
    throw new UserError("Cannot take the token from a variable and a file at once");
  if (tokenEnv !== undefined) return { env: variableName(tokenEnv) };
  if (tokenFile !== undefined) return { file: resolve(context.cwd, tokenFile) };
  const { input, ask } = context;
  const token = (input.isTerminal ? await ask.secret("Admin token (it is not shown):") : await input.readAll()).trim();
  if (token === "")
    throw new UserError("No admin token was given: type it, pipe it in, or name --token-env or --token-file");
  return { sealed: [sealSecret(checkedToken(token), tokenPlace(name, url), await masterKey(context, options))] };
}

/** The token itself in its place would be saved and listed in clear. */
function variableName(text: string): string {
  if (/^[A-Za-z_]\w*$/.test(text)) return text;
  throw new UserError("Cannot use --token-env: expected the name of a variable, not the token itself");
}

async function masterKey(context: CliContext, options: ProfileAddOptions) {
  const { openFolder } = await import("../storage/open-folder.ts");
  const folder = openFolder(dataFolderOf(context, options).path);
  const where = `it is encrypted with the master key in ${folder.path}`;
  try {
    const master =
      folder.fault === undefined
        ? await ensureMasterKey({ folder: folder.path, env: context.env, cwd: context.cwd })
        : undefined;
    if (master?.ok) return master.current;
    throw new UserError(`Cannot save the token: ${where}, but ${master?.message ?? folder.fault}`, EXIT.failed);
  } catch (error: unknown) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot save the token: ${where}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
}

function tokenText(token: Profile["token"]): string {
  if ("env" in token) return `in $${token.env}`;
  return "file" in token ? `in ${token.file}` : "saved, encrypted";
}
