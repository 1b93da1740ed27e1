// Reaches a daemon on another machine, by its URL or by a saved profile.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Line } from "../admin/control-client.ts";
import { isLoopbackHost } from "../config/loopback.ts";
import { nearestName } from "../config/nearest-name.ts";
import { ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext } from "./cli-context.ts";
import { type DataDirOption, dataFolderOf } from "./data-options.ts";
import { hasProfiles } from "./profile-file.ts";
import type { ProfileContent, ProfileToken } from "./profile-store.ts";

export interface RemoteOptions extends DataDirOption {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly profile?: string;
}

/** What a header can carry. */
const PRINTABLE = /^[\x20-\x7e]+$/;

/** Variables cannot print the token (BUN_CONFIG_VERBOSE_FETCH), nor show it to anybody (NODE_TLS_REJECT_UNAUTHORIZED). */
const GUARDED = { verbose: false, tls: { rejectUnauthorized: true } };

/** A name that stands for the daemon of this machine, whatever profile is current. */
export const LOCAL = "local";

/**
 * The way to the daemon that flags, variables or the current profile name, in this order; undefined where none does,
 * or where a data folder is named.
 * @throws UserError when it is named and cannot be used.
 */
export async function remoteLine(context: CliContext, options: RemoteOptions): Promise<Line | undefined> {
  const { env } = context;
  if (options.url !== undefined) return lineTo(options.url, tokenOf(context, options));
  if (options.profile !== undefined) return profileLine(options.profile, context, options);
  if (options.dataDir !== undefined) return undefined;
  if (env.OPENAI_BALANCE_URL) return lineTo(env.OPENAI_BALANCE_URL, tokenOf(context, options));
  if (env.OPENAI_BALANCE_PROFILE) return profileLine(env.OPENAI_BALANCE_PROFILE, context, options);
  if (env.OPENAI_BALANCE_DATA_DIR) return undefined;
  const { current } = await savedProfiles(context);
  return current === undefined ? undefined : profileLine(current, context, options);
}

/**
 * The URL of a daemon, without a slash at its end.
 * @throws UserError for a URL over which the token could be read on the way.
 */
export function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw new UserError("Cannot use the URL: expected https://HOST");
  if (url.username !== "" || url.password !== "")
    throw new UserError("Cannot use the URL: expected none with a user or password; the token is given beside it");
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    throw new UserError("Cannot use the URL: over http the admin token could be read on the way, expected https");
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** The token itself. @throws UserError for one that no header can carry, say two lines of a file. */
export function checkedToken(token: string): string {
  if (PRINTABLE.test(token)) return token;
  throw new UserError("Cannot use the admin token: expected one line of printable ASCII characters");
}

/** @throws UserError when there is no such profile. */
export function findProfile(name: string, { profiles }: ProfileContent) {
  const found = profiles[name];
  if (found !== undefined) return found;
  const near = nearestName(name, Object.keys(profiles));
  throw new UserError(
    `There is no profile ${name}: ${near === undefined ? "openai-balance profile list shows all" : `did you mean ${near}`}`,
  );
}

/** Where a sealed token belongs: it opens for this name and address only. */
export function tokenPlace(name: string, url: string): string {
  return `profile\0${name}\0${url}`;
}

async function profileLine(name: string, context: CliContext, options: RemoteOptions): Promise<Line | undefined> {
  if (name === LOCAL) return undefined;
  const { url, token } = findProfile(name, await savedProfiles(context));
  return lineTo(url, await profileToken(token, { name, url }, context, options));
}

/** Nearly every command asks, and nearly no user has profiles: what reads them is loaded for those who do. */
async function savedProfiles(context: CliContext): Promise<ProfileContent> {
  if (!hasProfiles(context)) return { profiles: {} };
  const { readProfiles } = await import("./profile-store.ts");
  return readProfiles(context);
}

async function profileToken(
  token: ProfileToken,
  { name, url }: { readonly name: string; readonly url: string },
  context: CliContext,
  options: RemoteOptions,
): Promise<string> {
  if ("env" in token) {
    const value = context.env[token.env];
    if (value) return value;
    throw new UserError(`Cannot use profile ${name}: its token is in ${token.env}, which is not set`);
  }
  if ("file" in token) return readToken(token.file);
  const [{ readMasterKey }, { openOneOf }] = await Promise.all([
    import("../keys/master-key.ts"),
    import("../keys/sealed-secret.ts"),
  ]);
  const master = readMasterKey({ folder: dataFolderOf(context, options).path, env: context.env, cwd: context.cwd });
  const keys = master.ok ? [master.current, ...master.older] : [];
  const secret = openOneOf(token.sealed, tokenPlace(name, url), keys);
  if (secret !== undefined) return secret;
  const why = master.ok ? "it was encrypted with another master key" : master.message;
  throw new UserError(
    `Cannot open the token of profile ${name}: ${why}; openai-balance profile add ${name} ${url} saves it anew`,
  );
}

function tokenOf({ env, cwd }: CliContext, { tokenFile }: RemoteOptions): string {
  if (tokenFile !== undefined) return readToken(resolve(cwd, tokenFile));
  if (env.OPENAI_BALANCE_TOKEN) return env.OPENAI_BALANCE_TOKEN;
  throw new UserError(
    "Cannot reach the daemon without its admin token: set OPENAI_BALANCE_TOKEN, or name a file with --token-file",
  );
}

function readToken(file: string): string {
  try {
    const text = readFileSync(file, "utf8").trim();
    if (text !== "") return text;
  } catch (error: unknown) {
    throw new UserError(`Cannot read the token in ${file}: ${ioFault(error)}`, undefined, { cause: error });
  }
  throw new UserError(`Cannot use the token in ${file}: the file is empty`);
}

function lineTo(text: string, given: string): Line {
  const url = checkedUrl(text);
  const token = checkedToken(given);
  // To this machine it goes unencrypted: a proxy that the environment names for all of http would read the token.
  const proxy = isLoopbackHost(new URL(url).hostname) ? { proxy: false } : {};
  return {
    kind: "remote",
    name: url,
    send: (path, init) => {
      const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` };
      // A redirect would take the token somewhere else. Bun takes more than the types say.
      const options: object = { ...init, ...proxy, ...GUARDED, headers, redirect: "error", timeout: false };
      return fetch(url + path, options);
    },
  };
}
