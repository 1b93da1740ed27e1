// The grammar of multipart forms, as far as parts are told apart and named (RFC 7578, RFC 2046).

/** Header blocks of parts are short; a longer one is none of ours. */
export const MAX_HEADER_BYTES = 8 * 1024;
export const LINE_END = "\r\n";
export const BLANK_LINE = "\r\n\r\n";

/** What the headers of a part say of it. */
export interface PartName {
  readonly name: string;
  readonly isFile: boolean;
}

/** What stands between parts, after `--`; undefined where the type states none. */
export function boundaryOf(contentType: string): string | undefined {
  // RFC 2046, 5.1.1: at most 70 characters; some clients use more.
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** Where the headers' own line end stands after a delimiter; undefined after the last one, or when it is none. */
export function afterDelimiter(bytes: Buffer, from: number): number | undefined {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
  return bytes[at] === 0x0d && bytes[at + 1] === 0x0a ? at : undefined;
}

/** Whether a delimiter, which ends before `at`, is the last one. */
export function isClosing(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x2d && bytes[at + 1] === 0x2d;
}

/** The name of a part by its headers, which begin with the line end of its delimiter. */
export function partName(headers: string): PartName | undefined {
  const disposition = /\r\ncontent-disposition:\s*form-data\s*;([^\r\n]*)/i.exec(headers)?.[1];
  if (disposition === undefined) return undefined;
  const match = /(?:^|;)\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(disposition);
  const name = match?.[1] ?? match?.[2];
  const isFile = /(?:^|;)\s*filename\*?\s*=/i.test(disposition);
  return name === undefined ? undefined : { name, isFile };
}
