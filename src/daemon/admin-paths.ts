// Answers everything below /admin: who may come in, the page, and the control API.
import { isIPv6 } from "node:net";
import { type AdminCaller, AdminDoor, type ApiEntry } from "../admin/access/admin-door.ts";
import { FOREIGN_TEXTS } from "../admin/access/foreign-request.ts";
import { type ApiOptions, apiFailure, handleApi } from "../admin/api-handler.ts";
import { EXIT } from "../core/exit-codes.ts";
import { PageHandler } from "../dashboard/page-handler.ts";
import { sealed } from "../dashboard/page-headers.ts";
import type { AdminPath, AdminRequest, OwnPaths } from "../proxy/answer-own.ts";
import type { Instance } from "./instance.ts";

/** How often sessions are looked at that may have expired, while there are any: a stream that they opened ends then. */
const LOOK_MS = 60_000;

export class AdminPaths implements Pick<OwnPaths, "admit" | "admin"> {
  readonly door: AdminDoor;
  readonly #instance: Instance;
  readonly #api: Omit<ApiOptions, "isOwner">;
  readonly #pages: PageHandler;
  #stopLooking: (() => void) | undefined;
  #isStopped = false;

  constructor(instance: Instance, api: Omit<ApiOptions, "isOwner">) {
    const { data, logger, redactor, version } = instance.options;
    this.#instance = instance;
    this.#api = api;
    data.sessions.onChange = () => instance.observers.live.noteChanged("sessions");
    this.door = new AdminDoor({
      sessions: data.sessions,
      config: () => instance.config,
      now: api.ports.now,
      logger,
      isClientToken: (credential) => instance.tokens.find(credential) !== undefined,
      conceal: (secrets) => redactor.addPassing(secrets),
      redact: (text) => redactor.redact(text),
    });
    this.#pages = new PageHandler({ door: this.door, version, schedule: instance.timing.schedule });
  }

  admit(caller: AdminCaller) {
    return this.door.byToken(caller);
  }

  /** Never rejects; whatever it answers has the headers that protect the page. */
  async admin(path: AdminPath, asked: AdminRequest): Promise<Response> {
    const place = { host: asked.request.headers.get("host") };
    try {
      return sealed(
        await (path.kind === "admin-api" ? this.#answerApi(path.name, asked) : this.#answerPage(path, asked)),
        place,
      );
    } catch (error: unknown) {
      this.#api.onBug(error);
      return sealed(new Response("Internal error of openai-balance; its log has it\n", { status: 500 }), place);
    }
  }

  /** `url`: where the daemon listens. */
  openLink(url: string) {
    const { code, expiresAt } = this.door.makeLink();
    return { url: `${this.#addressOf(url)}/admin/open?code=${code}`, expiresAt };
  }

  /** What is asked for from now on leaves no timer behind. */
  stop(): void {
    this.#isStopped = true;
    this.#stopLooking?.();
  }

  /** A certificate is for a name, which is the first that the page may be opened under, if any is named. */
  #addressOf(url: string): string {
    const { auth, server } = this.#instance.config;
    const [name] = auth.adminHosts;
    if (server.tls === undefined || name === undefined) return url;
    const { port } = new URL(url);
    return `https://${isIPv6(name) ? `[${name}]` : name}${port === "" ? "" : `:${port}`}`;
  }

  async #answerPage(path: Extract<AdminPath, { kind: "admin-page" }>, asked: AdminRequest): Promise<Response> {
    const response = await this.#pages.answer(path.below, asked);
    this.#look();
    return response;
  }

  #answerApi(name: string, asked: AdminRequest): Promise<Response> | Response {
    const entry = this.door.byTokenOrCookie(asked);
    if (entry.kind === "refused") return asked.unauthorized(this.#detailOf(asked));
    if (entry.kind !== "admitted") return turnedAway(entry);
    if (entry.session !== undefined) this.#look();
    const ports = { ...this.#api.ports, asker: entry.session?.id };
    return handleApi(name, asked.request, { isOwner: false, ...this.#api, ports, rightEnded: entry.ended });
  }

  /** Why a cookie does not do; undefined for whoever shows none, or something else. */
  #detailOf({ request: { headers } }: AdminRequest): string | undefined {
    const isBrowser = this.door.hasToken && !headers.has("authorization") && headers.has("cookie");
    return isBrowser ? "the session has ended: log in again" : undefined;
  }

  /** Looks again after a while, until there is no session left. */
  #look(): void {
    if (this.#stopLooking !== undefined || this.#isStopped) return;
    this.#stopLooking = this.#instance.timing.schedule(LOOK_MS, () => {
      this.#stopLooking = undefined;
      if (this.door.sessions.list().length > 0) this.#look();
    });
  }
}

function turnedAway(entry: Exclude<ApiEntry, { readonly kind: "admitted" | "refused" }>): Response {
  switch (entry.kind) {
    case "delayed":
      return delayed(entry.waitMs);
    case "csrf":
      return apiFailure(
        403,
        "csrf_token",
        "The header x-csrf-token is missing or not that of the session",
        EXIT.failed,
      );
    case "foreign":
      return apiFailure(403, "foreign_request", FOREIGN_TEXTS[entry.part], EXIT.failed);
    default:
      return entry satisfies never;
  }
}

function delayed(waitMs: number): Response {
  const seconds = Math.ceil(waitMs / 1000);
  const text = `Too many wrong admin tokens came from this address: try again in ${seconds} s`;
  return apiFailure(429, "too_many_failures", text, EXIT.failed, { "retry-after": String(seconds) });
}
