// `master rotate`: encrypts the key store, and the tokens of profiles, with another master key.
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import { type MasterKey, newMasterKey, readMasterKey } from "../keys/master-key.ts";
import { openOneOf, sealSecret } from "../keys/sealed-secret.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { printedJson } from "./print-json.ts";
import { readProfiles, writeProfiles } from "./profile-store.ts";
import { tokenPlace } from "./remote-line.ts";
import { note, say } from "./say.ts";

export async function masterRotate(context: CliContext, options: TargetOptions & JsonOption): Promise<number> {
  await using connection = await connect(context, options, "write");
  const { folder } = connection;
  const before = folder === undefined ? undefined : readMasterKey({ folder, env: context.env, cwd: context.cwd });
  const isGiven = before?.place.from === "variable" && before.place.file === undefined;
  const next = newMasterKey(isGiven ? await readNewKey(context) : undefined);
  if (next === undefined)
    throw new UserError(
      "Cannot rotate the master key: expected 32 bytes in Base64, as `openssl rand -base64 32` makes them",
    );
  const tokens = openTokens(before?.ok ? [before.current, ...before.older] : [], context);
  // A token opens with the old key and with the new one until the store has changed, whenever this is killed.
  if (before?.ok) sealTokens(tokens, [before.current, next], context);
  const rotated = await connection.control.call("master.rotate", { key: next.bytes.toString("base64") });
  sealTokens(tokens, [next], context);
  if (printedJson(context, options, rotated)) return EXIT.ok;
  const { before: old, after, file } = rotated;
  say(context, options, `The key store is encrypted with the master key ${after} now, ${old} opens nothing any more`);
  if (!file) note(context, "Before the next start set OPENAI_BALANCE_MASTER_KEY to the new key");
  return EXIT.ok;
}

async function readNewKey({ input, ask }: CliContext): Promise<string> {
  return input.isTerminal ? ask.secret("New master key (it is not shown):") : input.readAll();
}

/** The tokens of profiles that were encrypted with one of these keys, by the names of the profiles. */
function openTokens(keys: readonly MasterKey[], context: CliContext): ReadonlyMap<string, string> {
  const { profiles } = readProfiles(context);
  const tokens = Object.entries(profiles).flatMap(([name, { url, token }]) => {
    const secret = "sealed" in token ? openOneOf(token.sealed, tokenPlace(name, url), keys) : undefined;
    return secret === undefined ? [] : [[name, secret] as const];
  });
  return new Map(tokens);
}

/** Encrypts tokens with each of these keys. */
function sealTokens(tokens: ReadonlyMap<string, string>, keys: readonly MasterKey[], context: CliContext): void {
  if (tokens.size === 0) return;
  const content = readProfiles(context);
  const profiles = Object.entries(content.profiles).map(([name, profile]) => {
    const secret = tokens.get(name);
    if (secret === undefined) return [name, profile] as const;
    const sealed = keys.map((key) => sealSecret(secret, tokenPlace(name, profile.url), key));
    return [name, { ...profile, token: { sealed } }] as const;
  });
  writeProfiles({ ...content, profiles: Object.fromEntries(profiles) }, context);
}
