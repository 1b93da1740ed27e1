// Turns log records into JSON lines as pino writes them.
import { pino, stdSerializers } from "pino";

/** The levels that a record can have. */
export type RecordLevel = "debug" | "info" | "warn" | "error";

/** What was logged, `at` in milliseconds since 1970. */
export interface LogRecord {
  readonly level: RecordLevel;
  readonly at: number;
  readonly fields: object;
  readonly msg: string;
}

/**
 * Makes a function from records to lines, line end included. pino defines the format and writes errors and whatever
 * else needs its serializers; the line of a plain record is put together here, the same to the byte and several times
 * faster: pino serializes name after name and value after value, here all fields are serialized at once.
 */
export function createJsonLines(): (record: LogRecord) => string {
  const viaPino = pinoLines();
  const time = isoTimes();
  return (record) => {
    const at = time(record.at);
    const fields = plainFields(record.fields);
    if (fields === undefined) return viaPino(record, at);
    return `{"level":"${record.level}","time":"${at}"${fields},"msg":${JSON.stringify(record.msg)}}\n`;
  };
}

function pinoLines(): (record: LogRecord, time: string) => string {
  let line = "";
  let at = "";
  const log = pino(
    {
      level: "debug",
      base: null,
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
      formatters: { level: (level) => ({ level }) },
      timestamp: () => `,"time":"${at}"`,
    },
    {
      write: (text: string) => {
        line = text;
      },
    },
  );
  return ({ level, fields, msg }, time) => {
    at = time;
    log[level](fields, msg);
    return line;
  };
}

/** Records of one batch often share their millisecond. */
function isoTimes(): (at: number) => string {
  let last = Number.NaN;
  let text = "";
  return (at) => {
    if (at !== last) {
      last = at;
      text = new Date(at).toISOString();
    }
    return text;
  };
}

/** Each field behind a comma; undefined for what only pino knows how to write. */
function plainFields(fields: { readonly err?: unknown; readonly error?: unknown }): string | undefined {
  if (Object.getPrototypeOf(fields) !== Object.prototype || "toJSON" in fields) return undefined;
  if (typeof fields.err === "object" || typeof fields.error === "object") return undefined;
  try {
    const json = JSON.stringify(fields);
    return json === "{}" ? "" : `,${json.slice(1, -1)}`;
  } catch {
    // A cycle or a bigint.
    return undefined;
  }
}
