// Reads the few tables of another program's database that an import looks at.
import { constants, Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { errorCode } from "../../core/io-fault.ts";
import { CHANNEL_TABLES } from "../../import/channels.ts";
import { GPT_LOAD_TABLES } from "../../import/gpt-load.ts";
import { ImportFault, type Row, type Tables } from "../../import/import-source.ts";
import { LOG_TABLES, SETTINGS_TABLE } from "../../import/variables.ts";

const READ: readonly string[] = [SETTINGS_TABLE, ...GPT_LOAD_TABLES, ...CHANNEL_TABLES];
/** The other columns of such a table are nobody's business here. */
const COLUMNS: ReadonlyMap<string, readonly string[]> = new Map([["users", ["id", "status", "deleted_at"]]]);
const MOST_ROWS = 100_000;
const MOST_BYTES = 64 * 1024 * 1024;
const BUSY_MS = 2_000;

/** @throws ImportFault for a database that is damaged, in use for too long, or too large. */
export function readTables(path: string): Tables {
  try {
    using database = open(path);
    const names = tablesOf(database);
    const read = READ.filter((name) => names.has(name));
    const counted = LOG_TABLES.filter((name) => names.has(name));
    return {
      rows: new Map(read.map((name) => [name, rowsOf(database, name)])),
      counts: new Map(counted.map((name) => [name, countOf(database, name)])),
    };
  } catch (error: unknown) {
    if (error instanceof ImportFault) throw error;
    const code = errorCode(error) ?? "";
    if (!code.startsWith("SQLITE_")) throw error;
    throw new ImportFault(`the database cannot be read: ${reasonOf(code)}`);
  }
}

/** Its program may be writing it. Where the folder is out of reach nothing can be written beside it. */
function open(path: string): Database {
  const database = new Database(path, { readonly: true });
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    // What a table computes is not trusted.
    database.run("PRAGMA trusted_schema = OFF");
    database.query("SELECT 1 FROM sqlite_schema LIMIT 1").get();
    return database;
  } catch (error: unknown) {
    database.close();
    const code = errorCode(error) ?? "";
    if (!/^SQLITE_(?:CANTOPEN|READONLY)/.test(code) || existsSync(`${path}-wal`)) throw error;
    const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
    return new Database(`${pathToFileURL(path).href}?immutable=1`, flags);
  }
}

/** Tables that are nothing more: a view or a virtual table could go on for ever. */
function tablesOf(database: Database): ReadonlySet<string> {
  const query = database.query<{ name: string }, []>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%' AND sql NOT LIKE '%GENERATED%'",
  );
  return new Set(query.all().map(({ name }) => name));
}

function rowsOf(database: Database, name: string): readonly Row[] {
  const all = database.query<{ name: string }, []>(`PRAGMA table_info("${name}")`).all();
  const wanted = COLUMNS.get(name);
  const columns = all
    .filter((column) => wanted?.includes(column.name) !== false)
    .map((column) => `"${column.name.replaceAll('"', '""')}"`);
  if (columns.length === 0) return [];
  const bytes = columns.map((column) => `coalesce(length(${column}), 0)`).join(" + ");
  const size = database
    .query<{ amount: number; bytes: number | null }, []>(
      `SELECT count(*) AS amount, sum(${bytes}) AS bytes FROM "${name}"`,
    )
    .get();
  if ((size?.amount ?? 0) > MOST_ROWS) throw new ImportFault(`the table ${name} has more than 100,000 rows`);
  if ((size?.bytes ?? 0) > MOST_BYTES) throw new ImportFault(`the table ${name} is larger than 64 MiB`);
  return database.query<Record<string, unknown>, []>(`SELECT ${columns.join(", ")} FROM "${name}"`).all();
}

function countOf(database: Database, name: string): number {
  return database.query<{ amount: number }, []>(`SELECT count(*) AS amount FROM "${name}"`).get()?.amount ?? 0;
}

function reasonOf(code: string): string {
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT")) return "it is damaged";
  if (/^SQLITE_(?:CANTOPEN|READONLY)/.test(code))
    return "what its program wrote last is in its -wal file, copy both to a folder that you may write to";
  return code.startsWith("SQLITE_BUSY") ? "another program keeps it locked" : code;
}
