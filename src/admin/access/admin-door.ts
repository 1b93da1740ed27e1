// Decides who may administer: by the admin token, or by the cookie of a session from a page of ours.
import { timingSafeEqual } from "node:crypto";
import type { AuthConfig, ServerConfig } from "../../config/config.ts";
import type { Logger } from "../../core/logger.ts";
import type { LoginWay } from "./admin-session.ts";
import type { AdminSessions, LiveSession } from "./admin-sessions.ts";
import { credentialOf, isAdminToken } from "./admin-token.ts";
import { createHostCheck, type Foreign, foreignPart, type IsOwnHost } from "./foreign-request.ts";
import { GuessDelay } from "./guess-delay.ts";
import { type OneTimeCode, OneTimeLinks } from "./one-time-links.ts";
import { csrfTokenOf } from "./page-secrets.ts";
import { endedCookie, sessionCookie, sessionSecretsIn } from "./session-cookie.ts";

/** Where a page of ours puts the CSRF token of a change that it makes by the control API. */
export const CSRF_HEADER = "x-csrf-token";

/** Who asks. */
export interface AdminCaller {
  readonly request: Request;
  /** Where from, as far as trusted proxies tell. */
  readonly address: string;
  /** It came over HTTPS, as far as that is known. */
  readonly isSecure: boolean;
}

/** A session with the token that its page needs to make changes. */
export interface Visitor {
  readonly session: LiveSession;
  readonly csrfToken: string;
}

export type TokenEntry =
  | { readonly kind: "admitted" }
  /** Nothing was shown, or something wrong. */
  | { readonly kind: "refused" }
  /** Too much went wrong at this address: what was shown was not looked at. */
  | { readonly kind: "delayed"; readonly waitMs: number };

export type ApiEntry =
  | { readonly kind: "admitted"; readonly session: LiveSession | undefined }
  | Exclude<TokenEntry, { readonly kind: "admitted" }>
  | { readonly kind: "foreign"; readonly part: Foreign }
  | { readonly kind: "csrf" };

export type LoginEntry = TokenEntry | { readonly kind: "no-token" };

export interface AdminDoorOptions {
  readonly sessions: AdminSessions;
  /** What is in effect now. */
  readonly config: () => { readonly auth: AuthConfig; readonly server: Pick<ServerConfig, "host"> };
  readonly now: () => number;
  readonly logger: Pick<Logger, "info" | "warn">;
  /** Whoever sends one has taken the wrong token, and guesses nothing. */
  readonly isClientToken: (credential: string) => boolean;
  /** Makes sure that these are shown nowhere. */
  readonly conceal: (secrets: readonly string[]) => void;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

export class AdminDoor {
  readonly #options: AdminDoorOptions;
  readonly #delay: GuessDelay;
  readonly #links: OneTimeLinks;
  /** The admin token under which they were made. */
  #tokenOfLinks: string | undefined;

  constructor(options: AdminDoorOptions) {
    this.#options = options;
    this.#delay = new GuessDelay(options.now);
    this.#links = new OneTimeLinks(options.now);
  }

  get sessions(): AdminSessions {
    return this.#options.sessions;
  }

  get hasToken(): boolean {
    return this.#options.config().auth.adminToken !== undefined;
  }

  /** Whoever shows the admin token in `Authorization`; a wrong one counts as a guess. */
  byToken({ request, address }: AdminCaller): TokenEntry {
    const given = credentialOf(request.headers);
    if (given === "" || !this.hasToken) return { kind: "refused" };
    return this.#judge(given, address, given);
  }

  /** Whoever logs in with what was typed. */
  byTyped(given: string, address: string): LoginEntry {
    if (!this.hasToken) return { kind: "no-token" };
    return given === "" ? { kind: "refused" } : this.#judge(given, address);
  }

  /** The session of a browser, wherever the request is from: for what only shows it. */
  visitor({ request, isSecure }: AdminCaller): Visitor | undefined {
    const { sessions } = this;
    const scene = { instance: sessions.instance, isSecure };
    for (const secret of sessionSecretsIn(request.headers.get("cookie"), scene)) {
      const session = sessions.use(secret);
      if (session === undefined) continue;
      const csrfToken = csrfTokenOf(secret);
      this.#options.conceal([secret, csrfToken]);
      return { session, csrfToken };
    }
    return undefined;
  }

  /** Who may use the control API. A credential that is shown counts alone: no cookie stands in for a wrong one. */
  byTokenOrCookie(caller: AdminCaller): ApiEntry {
    const { request } = caller;
    if (credentialOf(request.headers) !== "") {
      const entry = this.byToken(caller);
      return entry.kind === "admitted" ? { kind: "admitted", session: undefined } : entry;
    }
    const part = this.foreign(caller);
    // Only a browser sends a cookie: without one there is nothing to be misused.
    if (part !== undefined && request.headers.has("cookie")) return { kind: "foreign", part };
    const visitor = this.visitor(caller);
    if (visitor === undefined) return { kind: "refused" };
    const isChange = !SAFE_METHODS.has(request.method);
    if (isChange && !isSameSecret(request.headers.get(CSRF_HEADER) ?? "", visitor.csrfToken)) return { kind: "csrf" };
    return { kind: "admitted", session: visitor.session };
  }

  /** The page may be opened under the name that the request was sent to. */
  isOwnHost({ request }: AdminCaller): boolean {
    return this.#hostCheck()(request.headers.get("host") ?? "");
  }

  /** Why a request is not from a page of ours. */
  foreign({ request, isSecure }: AdminCaller): Foreign | undefined {
    return foreignPart({ headers: request.headers, isSecure }, this.#hostCheck());
  }

  /** Begins a session, in place of one that the browser had; gives the value of `Set-Cookie`. */
  async login(caller: AdminCaller, via: LoginWay): Promise<string> {
    const { sessions } = this;
    const { address, request, isSecure } = caller;
    const before = this.visitor(caller);
    // It begins before anything is waited for: another admin token that comes meanwhile ends it with all others.
    const secret = await sessions.create({ via, address, agent: request.headers.get("user-agent") ?? "" });
    this.#options.conceal([secret]);
    if (before !== undefined) await sessions.remove([before.session.id]).catch(() => {});
    this.#options.logger.info({ via, address }, "Logged in to the page");
    return sessionCookie(secret, { instance: sessions.instance, isSecure });
  }

  /** Ends a session; gives the value of `Set-Cookie`. */
  async logout({ address, isSecure }: AdminCaller, visitor: Visitor | undefined): Promise<string> {
    const { logger, sessions } = this.#options;
    if (visitor !== undefined) {
      await sessions.remove([visitor.session.id]).catch((error: unknown) => {
        logger.warn({ fault: error instanceof Error ? error.message : "unknown" }, "Cannot save the end of a session");
      });
      logger.info({ address }, "Logged out of the page");
    }
    return endedCookie({ instance: sessions.instance, isSecure });
  }

  makeLink(): OneTimeCode {
    const made = this.#liveLinks().make();
    this.#options.conceal([made.code]);
    return made;
  }

  /** True once for each code. */
  takeLink(code: string): boolean {
    return this.#liveLinks().take(code);
  }

  /** Another admin token ends links as it ends sessions. */
  #liveLinks(): OneTimeLinks {
    const { adminToken } = this.#options.config().auth;
    if (adminToken !== this.#tokenOfLinks) this.#links.clear();
    this.#tokenOfLinks = adminToken;
    return this.#links;
  }

  #judge(given: string, address: string, credential?: string): TokenEntry {
    const waitMs = this.#delay.waitMs(address);
    if (waitMs > 0) return { kind: "delayed", waitMs };
    if (isAdminToken(given, this.#options.config().auth.adminToken)) {
      // What programs at the same address send all day must not give others there new guesses.
      if (credential === undefined) this.#delay.noteSuccess(address);
      return { kind: "admitted" };
    }
    if (credential !== undefined && this.#options.isClientToken(credential)) return { kind: "refused" };
    const failures = this.#delay.noteFailure(address, credential);
    if (failures !== undefined) this.#options.logger.warn({ address, failures }, "Wrong admin token");
    return { kind: "refused" };
  }

  #hostCheck(): IsOwnHost {
    const { server, auth } = this.#options.config();
    return createHostCheck(server.host, auth.adminHosts);
  }
}

/** In constant time for texts of one length, which all valid ones have. */
export function isSameSecret(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
