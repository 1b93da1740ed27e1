// Opens the control socket, over which the commands of the same user act on the daemon.
import { chmodSync, rmSync } from "node:fs";
import { API_PREFIX, type ApiOptions, handleApi } from "../admin/api-handler.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { splitUrl } from "../proxy/paths/split-url.ts";

/** Only the daemon's own user may act on it. */
const OWN_SOCKET = 0o600;
/**
 * Calls of providers take their time, and items of a stream may be far apart. Over a Unix socket Bun heeds no
 * `server.timeout` of one request, only this, which its types do not know there.
 */
const PATIENT: object = { idleTimeout: 0 };

export interface ControlSocketOptions extends Omit<ApiOptions, "isOwner"> {
  readonly path: string;
}

export interface ControlSocket {
  close(): Promise<void>;
}

/** `fault`: why there is none, in words. The caller holds the lock of the folder: a socket that is there is stale. */
export type ControlListening =
  | { readonly ok: true; readonly socket: ControlSocket }
  | { readonly ok: false; readonly fault: string };

export function listenControl({ path, ...options }: ControlSocketOptions): ControlListening {
  try {
    rmSync(path, { force: true });
    const server = Bun.serve({
      unix: path,
      development: false,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      ...PATIENT,
      fetch: (request) => answer(request, { ...options, isOwner: true }),
      error: () => new Response(null, { status: 500 }),
    });
    chmodSync(path, OWN_SOCKET);
    return { ok: true, socket: { close: () => server.stop(true) } };
  } catch (error: unknown) {
    const tooLong = errorCode(error) === "ENAMETOOLONG" || errorCode(error) === "EINVAL";
    return {
      ok: false,
      fault: tooLong ? "its path is too long for a socket; choose a shorter --data-dir" : ioFault(error),
    };
  }
}

function answer(request: Request, options: ApiOptions): Response | Promise<Response> {
  const { path } = splitUrl(request.url);
  if (!path.startsWith(API_PREFIX)) return new Response(null, { status: 404 });
  return handleApi(path.slice(API_PREFIX.length), request, options);
}
