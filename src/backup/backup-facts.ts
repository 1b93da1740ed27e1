// What the parts of a backup say, checked as the files themselves are when they are read.
import { z } from "zod";
import type { StoredKey } from "../config/stored-key.ts";
import { DamagedFile } from "../core/generations.ts";
import { parseKeys } from "../keys/key-file.ts";
import type { OwnerRow } from "../storage/owner-table.ts";
import { parseState } from "../storage/state-text.ts";
import { parseTokenFile } from "../tokens/token-file.ts";
import type { BackupTexts } from "./backup-content.ts";

export interface BackupFacts {
  readonly keys: readonly StoredKey[];
  readonly objects: readonly OwnerRow[];
  readonly tokens: number;
  /** Keys, providers, proxies, tokens and jobs of which something is known. */
  readonly health: number;
}

const objectsSchema = z.array(
  z.object({
    id: z.string(),
    provider: z.string(),
    keyId: z.string(),
    account: z.string().optional(),
    expiresAt: z.number(),
  }),
);

/** @throws DamagedFile for a part that is not as it should be, and what says that a newer version wrote it. */
export function factsOf({ keys, tokens, state, objects }: BackupTexts): BackupFacts {
  return {
    keys: keys === undefined ? [] : parseKeys(keys),
    objects: objects === undefined ? [] : objectsOf(objects),
    tokens: tokens === undefined ? 0 : parseTokenFile(tokens).length,
    health: state === undefined ? 0 : parseState(state, "the state of the backup").length,
  };
}

function objectsOf(text: string): readonly OwnerRow[] {
  const parsed = objectsSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new DamagedFile("its list of objects is not as it should be");
  return parsed.data.map(({ account, ...row }) => ({ ...row, account }));
}
