// The files of the browser program as browsers ask for them: by a name that changes with their content.
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { PageName } from "./page-names.ts";

/** Where they are. */
export const ASSETS_PATH = "/admin/assets/";

type Bytes = () => Promise<Uint8Array>;

/** Compressed in two ways, since browsers take Brotli over HTTPS and from loopback only. */
export interface PageFile {
  readonly name: string;
  readonly type: string;
  readonly gzip: Bytes;
  readonly br: Bytes;
}

/** Names of files, and all of them by their names. */
export interface PageBundle {
  readonly script: string;
  readonly style: string;
  /** Of the pages that work without script. */
  readonly plainStyle: string;
  readonly icon: string;
  /** Of each page the script that shows it. */
  readonly pages: Readonly<Record<PageName, string>>;
  readonly files: ReadonlyMap<string, PageFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Another name means another content, so that nobody has to ask again. */
const CACHED = { "cache-control": "public, max-age=31536000, immutable", vary: "Accept-Encoding" };

/** The media type of a file. @throws Error for one that the page has no use for. */
export function typeOf(name: string): string {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
  if (type === undefined) throw new Error(`Cannot serve ${name}: its kind is unknown`);
  return type;
}

/** A file, encoded as the browser takes it; undefined where there is none of this name. */
export async function answerFile(name: string, bundle: PageBundle, accepted: string): Promise<Response | undefined> {
  const file = bundle.files.get(name);
  if (file === undefined) return undefined;
  const encoding = (["br", "gzip"] as const).find((one) => takes(accepted, one));
  const body = encoding === undefined ? await promisify(gunzip)(await file.gzip()) : await file[encoding]();
  const headers = { ...CACHED, "content-type": file.type, ...(encoding && { "content-encoding": encoding }) };
  return new Response(body, { headers });
}

/** Whether `Accept-Encoding` names it (RFC 9110, 12.5.3); `*` is left aside, as what is not encoded always does. */
function takes(accepted: string, encoding: string): boolean {
  return accepted.split(",").some((part) => {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    return name === encoding && !parameters.some((text) => /^q=0(?:\.0*)?$/.test(text));
  });
}
