// A data folder with its backup, and commands on both.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../../src/storage/database.ts";
import { writeOwners } from "../../../src/storage/owner-table.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../fake-terminal.ts";

export const SECRET = "sk-fake-0123456789abcdef";
export const PASSPHRASE = "correct horse battery staple";
export const ENV = { OPENAI_BALANCE_BACKUP_PASSPHRASE: PASSPHRASE };
export const CONFIG = `auth: { client_tokens: [fake-client-token-0001] }\nproviders: [{ name: openai }]\n`;
export const OBJECT = { id: "file-1", provider: "openai", keyId: "9df9f53cae26", account: undefined, expiresAt: 8e15 };

/** A folder with a key, a token, a disabled key, an object and a config file, and its backup `a.backup`. */
export async function withBackup(...more: readonly string[]): Promise<FakeTerminal> {
  const terminal = new FakeTerminal();
  terminal.write("config.yaml", CONFIG);
  await ok(terminal, ["keys", "add", "--name", "team-a", "--data-dir", "data"], { stdin: SECRET });
  await ok(terminal, ["tokens", "add", "--name", "ci", "--data-dir", "data"]);
  await ok(terminal, ["keys", "disable", "team-a", "--data-dir", "data"]);
  const database = openDatabase(terminal.path("data/requests.sqlite"));
  writeOwners(database, { kept: [OBJECT], gone: [] });
  database.close();
  await ok(terminal, ["backup", "a.backup", "--data-dir", "data", ...more], { env: ENV });
  return terminal;
}

export async function ok(
  terminal: FakeTerminal,
  args: readonly string[],
  options?: FakeTerminalOptions,
): Promise<string> {
  const { exitCode, out, err } = await terminal.run(args, options);
  if (exitCode !== 0) throw new Error(`${args.join(" ")}: ${exitCode}\n${out}${err}`);
  return out;
}

/** Every file of a folder with its bytes. */
export function contentOf(folder: string): ReadonlyMap<string, string> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "base64")]));
}
