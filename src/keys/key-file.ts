// The content of `keys.json`: how it is sealed, read again, and what of it must not be touched.
import { z } from "zod";
import { limitsSchema } from "../config/limits-schema.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { DamagedFile } from "../core/generations.ts";
import type { MasterKey } from "./master-key.ts";
import { readHeader, readKind, seal, unseal } from "./sealed-text.ts";

const FORMAT = "openai-balance keys";
/** The newest form, in which keys may have limits. */
const VERSION = 2;
/** Is written as long as it says all there is, so that the program before this one can still read the store. */
const VERSION_WITHOUT_LIMITS = 1;
/** Keys that are written in one piece, so that a large store does not stop the requests in flight. */
const KEYS_PER_PIECE = 256;

/** Thrown for a store that is sound, as far as one can see, but cannot be opened: it must stay as it is. */
export class LockedStore extends Error {
  override readonly name = "LockedStore";
}

/** Thrown for one that a newer version wrote. */
export class NewerStore extends LockedStore {}

const storedKeySchema = z.strictObject({
  provider: z.string().min(1),
  secret: z.string().min(1),
  name: z.string().min(1).optional(),
  weight: z.number().positive().optional(),
  priority: z.int().optional(),
  models: z.array(z.string().min(1)).min(1).optional(),
  limits: limitsSchema.optional(),
  added_at: z.string(),
});

const contentSchema = z.array(storedKeySchema);

/** The pieces of the file. `now`: wall-clock milliseconds. */
export function sealKeys(keys: readonly StoredKey[], master: MasterKey, now: number): AsyncIterable<string> {
  const version = keys.some(({ limits }) => limits !== undefined) ? VERSION : VERSION_WITHOUT_LIMITS;
  const facts = { format: FORMAT, version, count: keys.length, written_at: new Date(now).toISOString() };
  return seal(pieces(keys), facts, master);
}

/**
 * The keys of a file.
 * @throws DamagedFile for content that is not what was written.
 * @throws LockedStore for a file of another master key or of a newer version.
 */
export function unsealKeys(file: string, masters: readonly MasterKey[]): readonly StoredKey[] {
  const { format, version } = readKind(file);
  if (format !== FORMAT) throw new DamagedFile("it is no key store");
  if (version > VERSION)
    throw lockedOr(
      file,
      masters,
      new NewerStore(`it was written by a newer version of openai-balance (format ${version})`),
    );
  const { master_key: id, count } = readHeader(file);
  const master = masters.find((known) => known.id === id);
  if (master === undefined) {
    const given = masters[0] === undefined ? "" : `, and this one is ${masters[0].id}`;
    const keys = count === 1 ? "key is" : `${count} keys are`;
    throw lockedOr(file, masters, new LockedStore(`its ${keys} encrypted with the master key ${id}${given}`));
  }
  return parseKeys(unseal(file, master));
}

/** A header that says what was not sealed, though the rest opens, is damaged: there is nothing to wait for. */
function lockedOr(file: string, masters: readonly MasterKey[], locked: LockedStore): Error {
  const headers = masters.flatMap((master) =>
    [VERSION_WITHOUT_LIMITS, VERSION].map((version) => ({ master, facts: { version, master_key: master.id } })),
  );
  const isOurs = headers.some(({ master, facts }) => opens(file, master, facts));
  return isOurs ? new DamagedFile("its header was changed after it was written") : locked;
}

function opens(file: string, master: MasterKey, facts: Parameters<typeof unseal>[2]): boolean {
  try {
    unseal(file, master, facts);
    return true;
  } catch {
    return false;
  }
}

/** The keys of a list in clear. @throws DamagedFile. */
export function parseKeys(text: string): readonly StoredKey[] {
  const parsed = contentSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new DamagedFile(`its field ${parsed.error.issues[0]?.path.join(".") ?? ""} is not as it should be`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error: unknown) {
    throw new DamagedFile("it holds no list of keys", { cause: error });
  }
}

function* pieces(keys: readonly StoredKey[]): Iterable<string> {
  yield "[";
  for (let start = 0; start < keys.length; start += KEYS_PER_PIECE) {
    const json = JSON.stringify(keys.slice(start, start + KEYS_PER_PIECE)).slice(1, -1);
    yield start === 0 ? json : `,${json}`;
  }
  yield "]";
}
