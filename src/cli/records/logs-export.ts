// `logs export`: request records with all that is kept of them, as JSON lines.
import { once } from "node:events";
import { open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { RecordDetail } from "../../admin/record-rows.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { errorCode, ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { TargetOptions } from "../connection.ts";
import { printJsonLine } from "../print-json.ts";
import { hint, say } from "../say.ts";
import { countOf } from "../words.ts";
import { type RecordOptions, selectionOf } from "./record-options.ts";

export interface LogsExportOptions extends TargetOptions, RecordOptions {
  readonly file?: string;
}

/** Readable and writable by the owner only. */
const OWN_FILE = 0o600;
/** So many characters are written at a time. */
const PIECE = 65_536;

/** A file that is not whole is removed: at Ctrl-C, and when the daemon breaks off. */
export async function logsExport(context: CliContext, options: LogsExportOptions): Promise<number> {
  const selection = selectionOf(options, context.now());
  await using connection = await connect(context, options, "log");
  const signal = context.interruption();
  const items = connection.control.stream("logs.export", selection, signal);
  const { file } = options;
  try {
    const amount = file === undefined ? await print(items, context) : await write(items, file, context);
    if (signal.aborted) return EXIT.interrupted;
    if (file !== undefined) say(context, options, `Wrote ${countOf(amount, "record")} to ${file}`);
    else if (amount === 0) hint(context, options, "No record matches");
    return EXIT.ok;
  } catch (error: unknown) {
    if (signal.aborted) return EXIT.interrupted;
    throw error;
  }
}

/** As fast as whoever reads takes it. */
async function print(items: AsyncIterable<RecordDetail>, context: CliContext): Promise<number> {
  const { stream } = context.out;
  let amount = 0;
  for await (const item of items) {
    amount++;
    printJsonLine(context, JSON.stringify(item));
    if (stream?.writableNeedDrain === true) await once(stream, "drain");
  }
  return amount;
}

/** Never into a file that is there: its mode may let others read it. */
async function write(items: AsyncIterable<RecordDetail>, file: string, { cwd }: CliContext): Promise<number> {
  const path = resolve(cwd, file);
  const handle = await open(path, "wx", OWN_FILE).catch((error: unknown) => {
    throw cannotWrite(file, error);
  });
  const put = (text: string) =>
    handle.appendFile(text).catch((error: unknown) => {
      throw cannotWrite(file, error);
    });
  let amount = 0;
  let piece = "";
  try {
    for await (const item of items) {
      amount++;
      piece += `${JSON.stringify(item)}\n`;
      if (piece.length < PIECE) continue;
      await put(piece);
      piece = "";
    }
    await put(piece);
    await handle.sync();
    await handle.close();
    return amount;
  } catch (error: unknown) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

function cannotWrite(file: string, error: unknown): UserError {
  const reason = errorCode(error) === "ENOENT" ? "its folder does not exist" : ioFault(error);
  return new UserError(`Cannot write ${file}: ${reason}`, EXIT.failed, { cause: error });
}
