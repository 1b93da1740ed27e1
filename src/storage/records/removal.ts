// Removes request records, with their attempts and bodies, a little at a time.
import type { Database } from "bun:sqlite";
import { type PageQuestion, placesOf } from "./page.ts";

/** By ids, or a step through those that match. */
export type RemovalStep =
  | { readonly kind: "ids"; readonly ids: readonly string[] }
  | { readonly kind: "filter"; readonly question: PageQuestion }
  | { readonly kind: "everything" }
  /** Gives back what is free in the file. */
  | { readonly kind: "shrink" };

/** `removed`: requests that are gone. `edge`: as that of a page; with `shrink` what is left to give back. */
export interface RemovalAnswer {
  readonly removed: number;
  readonly edge: number | undefined;
}

/** Pages that go back to the file system in one step. */
const PAGES = 1_000;
const INCREMENTAL = 2;
/** What is left is written anew where it is not more: some 100 MB in half a second, in place of 17 s page by page. */
const FEW_PAGES = 25_000;

/** One step. @throws the error of SQLite; nothing is removed by it then. */
export function remove(database: Database, step: RemovalStep): RemovalAnswer {
  switch (step.kind) {
    case "ids":
      return database.transaction(() => ({ removed: removeIds(database, step.ids), edge: undefined })).immediate();
    case "filter":
      return database
        .transaction(() => {
          const { seqs, edge } = placesOf(database, step.question);
          return { removed: removeAt(database, seqs), edge };
        })
        .immediate();
    case "everything":
      return database.transaction(() => ({ removed: removeAll(database), edge: undefined })).immediate();
    case "shrink":
      return { removed: 0, edge: shrink(database) };
    default:
      return step satisfies never;
  }
}

function removeIds(database: Database, ids: readonly string[]): number {
  const find = database.query<{ seq: number }, [string]>(
    "SELECT seq FROM requests INDEXED BY requests_id WHERE id = ?",
  );
  return removeAt(
    database,
    ids.flatMap((id) => find.all(id).map(({ seq }) => seq)),
  );
}

function removeAt(database: Database, seqs: readonly number[]): number {
  let removed = 0;
  for (const table of ["attempts", "request_bodies"]) {
    const query = database.query(`DELETE FROM ${table} WHERE seq = ?`);
    for (const seq of seqs) query.run(seq);
  }
  const query = database.query("DELETE FROM requests WHERE seq = ?");
  for (const seq of seqs) removed += query.run(seq).changes;
  return removed;
}

/** In one go: a table that is emptied is a matter of 0.2 s with 2 million rows, one by one they take 20 s. */
function removeAll(database: Database): number {
  const { count } = database.query<{ count: number }, []>("SELECT count(*) AS count FROM requests").get() ?? {
    count: 0,
  };
  for (const table of ["attempts", "request_bodies", "requests"]) database.run(`DELETE FROM ${table}`);
  return count;
}

/** Pages that are still free; undefined once nothing more can be given back. */
function shrink(database: Database): number | undefined {
  const before = pragma(database, "freelist_count");
  if (before === 0) return giveBack(database);
  const isIncremental = pragma(database, "auto_vacuum") === INCREMENTAL;
  const left = pragma(database, "page_count") - before;
  if (isIncremental && left > FEW_PAGES) database.run(`PRAGMA incremental_vacuum(${PAGES})`);
  else {
    // One that was made by an older version can shrink from then on.
    database.run(`PRAGMA auto_vacuum = ${INCREMENTAL}`);
    database.run("VACUUM");
  }
  const after = pragma(database, "freelist_count");
  return after === 0 || after >= before ? giveBack(database) : after;
}

/** The file itself shrinks when what was written beside it is taken over. */
function giveBack(database: Database): undefined {
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

function pragma(database: Database, name: "freelist_count" | "page_count" | "auto_vacuum"): number {
  return database.query<Record<string, number>, []>(`PRAGMA ${name}`).get()?.[name] ?? 0;
}
