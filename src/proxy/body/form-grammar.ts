// The grammar of multipart forms, as far as parts are told apart and named (RFC 7578, RFC 2046).
import { parametersOf } from "./header-parameters.ts";

/** Header blocks of parts are short; a longer one is none of ours. */
export const MAX_HEADER_BYTES = 8 * 1024;
export const BLANK_LINE = "\r\n\r\n";
export const LINE_END = "\r\n";

/** No operation takes nearly as many parts; more would only take time. */
export const MAX_DELIMITERS = 1000;

/** RFC 2046, 5.1.1: at most 70 characters; some clients use more. */
const MAX_BOUNDARY = 200;
/** White space may stand between a boundary and its line end; more than this is none. */
const MAX_PADDING = 64;

const [TAB, LF, CR, SPACE, DASH] = [0x09, 0x0a, 0x0d, 0x20, 0x2d];

/** What the headers of a part say of it. `isClear`: every reader takes them for the same. */
export interface PartName {
  readonly name: string;
  readonly isFile: boolean;
  readonly isClear: boolean;
}

/**
 * What the bytes of a delimiter are. `part`: a part follows, whose headers begin with the line end at `headersAt`.
 * `odd`: some readers take it for a delimiter, with the line ends that it has. `more`: too little of it is there.
 */
export type Mark =
  | { readonly kind: "part"; readonly headersAt: number }
  | { readonly kind: "end" | "odd" | "content" | "more" };

/** What stands before each part, without its line end; undefined where the type does not clearly state one. */
export function delimiterOf(contentType: string): string | undefined {
  const parameters = parametersOf(contentType);
  const boundary = parameters?.get("boundary") ?? "";
  if (boundary === "" || boundary.length > MAX_BOUNDARY || boundary.includes("\\")) return undefined;
  // RFC 2231 has other ways to state one, which some readers know.
  const isAlone = ![...(parameters?.keys() ?? [])].some((name) => name.startsWith("boundary*"));
  return isAlone ? `--${boundary}` : undefined;
}

/** What stands at `at`, where the bytes of a delimiter of this length are; the form begins there, or before. */
export function markAt(bytes: Buffer, at: number, length: number): Mark {
  const before = at === 0 ? LF : bytes[at - 1];
  if (before !== LF && before !== CR) return { kind: "content" };
  const isOwnLine = at === 0 || (before === LF && bytes[at - 2] === CR);
  const after = at + length;
  if (bytes[after] === DASH && after + 1 === bytes.length) return { kind: "more" };
  if (bytes[after] === DASH && bytes[after + 1] === DASH) return { kind: isOwnLine ? "end" : "odd" };
  let end = after;
  while (end - after <= MAX_PADDING && (bytes[end] === SPACE || bytes[end] === TAB)) end += 1;
  if (end === bytes.length || (bytes[end] === CR && end + 1 === bytes.length)) return { kind: "more" };
  if (bytes[end] !== CR && bytes[end] !== LF) return { kind: "content" };
  return isOwnLine && bytes[end] === CR && bytes[end + 1] === LF ? { kind: "part", headersAt: end } : { kind: "odd" };
}

const DISPOSITION = /\r\ncontent-disposition[ \t]*:([^\r\n]*)/gi;
/** A line that goes on in the next one, or ends in a way of its own. */
const ODD_LINES = /\r\n[ \t]|\r(?!\n)|(?<!\r)\n/;

/** The name of a part by its headers, which begin with the line end of its delimiter; undefined where it has none. */
export function partName(headers: string): PartName | undefined {
  const found = [...headers.matchAll(DISPOSITION)].map((match) => match[1] ?? "");
  const isOdd = found.length > 1 || (ODD_LINES.test(headers) && /content-disposition/i.test(headers));
  const [value] = found;
  const named = value === undefined ? undefined : nameIn(value);
  return isOdd ? { name: "", isFile: false, ...named, isClear: false } : named;
}

function nameIn(disposition: string): PartName | undefined {
  const parameters = parametersOf(disposition);
  if (parameters === undefined) return roughName(disposition);
  const name = parameters.get("name");
  const names = [...parameters.keys()];
  // RFC 2231 has other ways to state a name, and `\` is read in several.
  const isClear = !names.some((key) => key.startsWith("name*")) && name?.includes("\\") !== true;
  const isFile = names.some((key) => key === "filename" || key.startsWith("filename*"));
  return name === undefined && isClear ? undefined : { name: name ?? "", isFile, isClear };
}

/** Of headers that follow no grammar, such as those with quotes in the name of a file. */
function roughName(disposition: string): PartName {
  const match = /;\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(disposition);
  const isFile = /;\s*filename\*?\s*=/i.test(disposition);
  return { name: match?.[1] ?? match?.[2] ?? "", isFile, isClear: false };
}
