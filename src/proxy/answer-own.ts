// Answers what is no path of the API: health, readiness, metrics, the admin reads, and everything below /admin.
import { readOnly, refuse } from "./answer/refuse.ts";
import type { AdminRead } from "./paths/exact-path.ts";
import type { ParsedPath } from "./paths/parse-path.ts";
import type { Setup } from "./setup.ts";
import type { Trace } from "./trace.ts";

/** What lies below `/admin`. */
export type AdminPath = Extract<ParsedPath, { kind: "admin-page" | "admin-api" }>;

/** Who asks for what takes an administrator. */
export interface AdminCaller {
  readonly request: Request;
  /** Where from, as far as `server.trusted_proxies` tell. */
  readonly address: string;
  /** It came over HTTPS: to this server, or to a trusted proxy that says so. */
  readonly isSecure: boolean;
}

export interface AdminRequest extends AdminCaller {
  /** The 401 of the API; `detail`: why, if not for want of the admin token. */
  unauthorized(detail?: string): Response;
}

/** Whether a caller shows the admin token; `delayed`: too many wrong ones came from there, so that nobody looked. */
export type Admission =
  | { readonly kind: "admitted" | "refused" }
  | { readonly kind: "delayed"; readonly waitMs: number };

/** Who makes these answers. */
export interface OwnPaths {
  health(): Response;
  ready(): Response;
  metrics(request: Request): Promise<Response>;
  adminRead(name: AdminRead): Response;
  admit(caller: AdminCaller): Admission;
  /** Pages and control operations, for whom they are meant. */
  admin(path: AdminPath, asked: AdminRequest): Promise<Response>;
}

export type OwnPath = Extract<ParsedPath, { kind: "health" | "ready" | "metrics" | "admin-read" }> | AdminPath;

interface OwnRequest {
  readonly request: Request;
  readonly peer: { readonly address: string; liftIdleTimeout(): void; restoreIdleTimeout(): void };
  readonly setup: Setup;
  readonly trace: Trace;
}

/** The answer to a path of our own, or a refusal. */
export function answerOwn(path: OwnPath, asked: OwnRequest, own: OwnPaths): Response | Promise<Response> {
  const { request, setup, trace } = asked;
  const { metrics } = setup.config;
  switch (path.kind) {
    case "health":
    case "ready":
      return readOnly(trace) ?? own[path.kind]();
    case "metrics":
      if (!metrics.enabled) return refuse("not_found", trace);
      return (metrics.isPublic ? undefined : turnAway(asked, own)) ?? readOnly(trace) ?? own.metrics(request);
    case "admin-read":
      return turnAway(asked, own) ?? readOnly(trace) ?? own.adminRead(path.name);
    case "admin-page":
    case "admin-api":
      return answerAdmin(path, asked, own);
    default:
      return path satisfies never;
  }
}

function callerOf({ request, setup, peer }: OwnRequest): AdminCaller {
  const { headers } = request;
  return { request, address: setup.addressOf(peer, headers), isSecure: setup.isSecure(peer, request) };
}

/** The refusal of whoever does not show the admin token. */
function turnAway(asked: OwnRequest, own: OwnPaths): Response | undefined {
  const admission = own.admit(callerOf(asked));
  switch (admission.kind) {
    case "admitted":
      return undefined;
    case "refused":
      return refuse("invalid_api_key", asked.trace, needsAdmin(asked.setup.config));
    default:
      return refuse("rate_limit_exceeded", asked.trace, {
        text: "Too many wrong admin tokens came from this address",
        retryAfterMs: admission.waitMs,
      });
  }
}

/** Items may be far apart: only an answer that is whole lets the connection become idle again. */
async function answerAdmin(path: AdminPath, asked: OwnRequest, own: OwnPaths): Promise<Response> {
  const { detail: needed } = needsAdmin(asked.setup.config);
  const unauthorized = (detail = needed) => refuse("invalid_api_key", asked.trace, { detail });
  // Whoever sends a form has no more time for it than for a request.
  if (path.kind === "admin-api") asked.peer.liftIdleTimeout();
  const response = await own.admin(path, { ...callerOf(asked), unauthorized });
  if (path.kind === "admin-api" && isJson(response)) asked.peer.restoreIdleTimeout();
  return response;
}

function needsAdmin({ auth }: Setup["config"]): { readonly detail: string } {
  const isNone = auth.adminToken === undefined;
  return { detail: `this path takes auth.admin_token${isNone ? ", and none is configured" : ""}` };
}

function isJson({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("application/json") === true;
}

/** Where a browser is led that looks for a page; undefined for programs, which look for something else. `path`: one of an old page. */
export function leadToPage({ method, headers }: Request, path: string): Response | undefined {
  const isBrowsing = (method === "GET" || method === "HEAD") && headers.get("accept")?.includes("text/html") === true;
  if (!isBrowsing) return undefined;
  return new Response(null, {
    status: 302,
    headers: { location: path === "/" ? "/admin" : `/admin${path}`, vary: "Accept", "cache-control": "no-store" },
  });
}
