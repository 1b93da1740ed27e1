// `master rotate`: encrypts the key store, and the tokens of profiles, with another master key.
import { EXIT } from "../core/exit-codes.ts";
import { type MasterKey, type MasterKeyReading, newMasterKey, readMasterKey } from "../keys/master-key.ts";
import { openSecret, sealSecret } from "../keys/sealed-secret.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect, type TargetOptions } from "./connect.ts";
import { printedJson } from "./print-json.ts";
import { type ProfileContent, readProfiles, writeProfiles } from "./profile-store.ts";
import { tokenPlace } from "./remote-line.ts";

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
  for (const name of lost) context.err.write(`The token of profile ${name} cannot be opened: add the profile anew\n`);
  if (options.quiet) return EXIT.ok;
  context.out.write(
    `The key store is encrypted with the master key ${rotated.after} now, ${rotated.before} opens nothing any more\n`,
  );
  if (!rotated.file) context.out.write("Before the next start set OPENAI_BALANCE_MASTER_KEY to the new key\n");
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
