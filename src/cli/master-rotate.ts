// `master rotate`: encrypts the key store, and the tokens of profiles, with another master key.
import { EXIT } from "../core/exit-codes.ts";
import { type MasterKey, type MasterKeyReading, newMasterKey, readMasterKey } from "../keys/master-key.ts";
import { openSecret, sealSecret } from "../keys/sealed-secret.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { printedJson } from "./print-json.ts";
import { type ProfileContent, readProfiles, writeProfiles } from "./profile-store.ts";
import { tokenPlace } from "./remote-line.ts";
import { note, say } from "./say.ts";

export async function masterRotate(context: CliContext, options: TargetOptions & JsonOption): Promise<number> {
  await using connection = await connect(context, options, "write");
  const { folder } = connection;
  const masterOf = () => readMasterKey({ folder: folder ?? "", env: context.env, cwd: context.cwd });
  const before = folder === undefined ? undefined : masterOf();
  const isGiven = before?.place.from === "variable" && before.place.file === undefined;
  const key = isGiven ? (await readNewKey(context)).trim() : undefined;
  const profiles = readProfiles(context);
  const rotated = await connection.control.call("master.rotate", key === undefined ? {} : { key });
  const next = key === undefined ? masterOf() : newMasterKey(key);
  const lost = before === undefined ? [] : resealProfiles(profiles, keysOf(before), currentOf(next), context);
  if (printedJson(context, options, rotated)) return EXIT.ok;
  for (const name of lost) note(context, `The token of profile ${name} cannot be opened: add the profile anew`);
  const { before: old, after, file } = rotated;
  say(context, options, `The key store is encrypted with the master key ${after} now, ${old} opens nothing any more`);
  if (!file) note(context, "Before the next start set OPENAI_BALANCE_MASTER_KEY to the new key");
  return EXIT.ok;
}

async function readNewKey({ input, ask }: CliContext): Promise<string> {
  return input.isTerminal ? ask.secret("New master key (it is not shown):") : input.readAll();
}

function keysOf(master: MasterKeyReading): readonly MasterKey[] {
  return master.ok ? [master.current, ...master.older] : [];
}

function currentOf(next: MasterKeyReading | MasterKey | undefined): MasterKey | undefined {
  if (next === undefined || "bytes" in next) return next;
  return next.ok ? next.current : undefined;
}

/** Answers the names of those whose token was not encrypted with the old key. */
function resealProfiles(
  content: ProfileContent,
  before: readonly MasterKey[],
  next: MasterKey | undefined,
  context: CliContext,
): readonly string[] {
  const lost: string[] = [];
  const profiles = Object.entries(content.profiles).map(([name, profile]) => {
    if (!("sealed" in profile.token)) return [name, profile] as const;
    const place = tokenPlace(name, profile.url);
    const secret = openSecret(profile.token.sealed, place, before);
    if (secret === undefined || next === undefined) {
      lost.push(name);
      return [name, profile] as const;
    }
    return [name, { ...profile, token: { sealed: sealSecret(secret, place, next) } }] as const;
  });
  const hasSealed = profiles.some(([, { token }]) => "sealed" in token);
  if (hasSealed) writeProfiles({ ...content, profiles: Object.fromEntries(profiles) }, context);
  return lost;
}
