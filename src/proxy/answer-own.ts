// Answers what is no path of the API: health, readiness, metrics, the admin reads and the control API.
import { readOnly, refuse } from "./answer/refuse.ts";
import type { AdminRead } from "./paths/exact-path.ts";
import type { ParsedPath } from "./paths/parse-path.ts";
import type { Setup } from "./setup.ts";
import type { Trace } from "./trace.ts";

/** Who makes these answers. The caller has seen to it that the client may have them. */
export interface OwnPaths {
  health(): Response;
  ready(): Response;
  metrics(request: Request): Promise<Response>;
  adminRead(name: AdminRead): Response;
  /** A control operation. */
  adminApi(name: string, request: Request): Promise<Response>;
}

export type OwnPath = Extract<ParsedPath, { kind: "health" | "ready" | "metrics" | "admin-read" | "admin-api" }>;

interface OwnRequest {
  readonly request: Request;
  readonly peer: { liftIdleTimeout(): void; restoreIdleTimeout(): void };
  readonly setup: Setup;
  readonly trace: Trace;
}

/** The answer to a path of our own, or a refusal. */
export function answerOwn(path: OwnPath, asked: OwnRequest, own: OwnPaths): Response | Promise<Response> {
  const { request, setup, trace } = asked;
  const isAdmin = () => setup.authenticator.admin(request.headers);
  const { metrics } = setup.config;
  switch (path.kind) {
    case "health":
    case "ready":
      return readOnly(trace) ?? own[path.kind]();
    case "metrics":
      if (!metrics.enabled) return refuse("not_found", trace);
      if (!metrics.isPublic && !isAdmin()) return refuse("invalid_api_key", trace, needsAdmin(setup.config));
      return readOnly(trace) ?? own.metrics(request);
    case "admin-read":
      if (!isAdmin()) return refuse("invalid_api_key", trace, needsAdmin(setup.config));
      return readOnly(trace) ?? own.adminRead(path.name);
    case "admin-api":
      if (!isAdmin()) return refuse("invalid_api_key", trace, needsAdmin(setup.config));
      return answerAdmin(path.name, asked, own);
    default:
      return path satisfies never;
  }
}

/** Items may be far apart: only an answer that is whole lets the connection become idle again. */
async function answerAdmin(name: string, { request, peer }: OwnRequest, own: OwnPaths): Promise<Response> {
  peer.liftIdleTimeout();
  const response = await own.adminApi(name, request);
  if (isJson(response)) peer.restoreIdleTimeout();
  return response;
}

function needsAdmin({ auth }: Setup["config"]): { readonly detail: string } {
  const isNone = auth.adminToken === undefined;
  return { detail: `this path takes auth.admin_token${isNone ? ", and none is configured" : ""}` };
}

function isJson({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("application/json") === true;
}
