// Reads the file of another program: a database by its tables, everything else as text.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import { ImportFault, type ImportSource, textSource } from "../../import/import-source.ts";
import type { CliContext } from "../cli-context.ts";
import { readAtMost } from "../read-at-most.ts";

const DATABASE = "SQLite format 3\0";

/** `-` is standard input. @throws UserError, an ImportFault where the fault is in the file. */
export async function readSource(file: string, context: CliContext): Promise<ImportSource> {
  if (file === "-") return sourceOf(await context.input.readAll());
  const path = resolve(context.cwd, file);
  try {
    if (await isDatabase(path)) {
      const { readTables } = await import("./read-tables.ts");
      return { form: "tables", tables: readTables(path) };
    }
    return sourceOf(await readAtMost(createReadStream(path), file));
  } catch (error: unknown) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot read ${file}: ${ioFault(error)}`, undefined, { cause: error });
  }
}

/** @throws ImportFault. */
function sourceOf(text: string): ImportSource {
  if (text.startsWith(DATABASE)) throw new ImportFault("a database is read from its file, by its name");
  if (/^\uFFFD{2}.?\0/.test(text)) throw new ImportFault("it is in UTF-16, save it in UTF-8");
  if (text.includes("\0")) throw new ImportFault("it is neither text nor a SQLite database");
  return textSource(text);
}

async function isDatabase(path: string): Promise<boolean> {
  // A pipe gives what it has only once.
  if (!(await stat(path)).isFile()) return false;
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(DATABASE.length), 0, DATABASE.length, 0);
    return buffer.toString("latin1", 0, bytesRead) === DATABASE;
  } finally {
    await handle.close();
  }
}
