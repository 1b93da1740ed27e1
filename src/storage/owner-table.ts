// The table of the keys that made objects.
import type { Database } from "bun:sqlite";

/** Which key made an object; `expiresAt`: wall-clock milliseconds. No secret. */
export interface OwnerRow {
  readonly id: string;
  readonly provider: string;
  readonly keyId: string;
  readonly account: string | undefined;
  readonly expiresAt: number;
}

/** What changes: rows to write, and ids to forget. */
export interface OwnerChanges {
  readonly kept: readonly OwnerRow[];
  readonly gone: readonly string[];
}

interface StoredRow {
  readonly id: string;
  readonly provider: string;
  readonly key_id: string;
  readonly account: string | null;
  readonly expires_at: number;
}

/** What is not over, those first that are over first. */
export function* readOwners(database: Database, now: number): Iterable<OwnerRow> {
  const rows = database.query<StoredRow, [number]>(
    "SELECT id, provider, key_id, account, expires_at FROM object_owners WHERE expires_at > ? ORDER BY expires_at",
  );
  for (const { id, provider, key_id: keyId, account, expires_at: expiresAt } of rows.iterate(now)) {
    yield { id, provider, keyId, account: account ?? undefined, expiresAt };
  }
}

/** All or nothing. @throws the error of SQLite. */
export function writeOwners(database: Database, { kept, gone }: OwnerChanges): void {
  const write = database.query(
    "INSERT OR REPLACE INTO object_owners (id, provider, key_id, account, expires_at) VALUES (?, ?, ?, ?, ?)",
  );
  const forget = database.query("DELETE FROM object_owners WHERE id = ?");
  database.transaction(() => {
    for (const row of kept) write.run(row.id, row.provider, row.keyId, row.account ?? null, row.expiresAt);
    for (const id of gone) forget.run(id);
  })();
}

/** Forgets what is over. */
export function dropExpired(database: Database, now: number): void {
  database.query("DELETE FROM object_owners WHERE expires_at <= ?").run(now);
}
