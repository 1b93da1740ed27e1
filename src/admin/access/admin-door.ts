// Decides who may administer: by the admin token, or by the cookie of a session from a page of ours.
import { timingSafeEqual } from "node:crypto";
import type { AuthConfig, ServerConfig } from "../../config/config.ts";
import type { Logger } from "../../core/logger.ts";
import { takesEvents } from "../server-sent-events.ts";
import type { LoginWay } from "./admin-session.ts";
import type { AdminSessions, LiveSession } from "./admin-sessions.ts";
import { credentialOf, isAdminToken } from "./admin-token.ts";
import { createHostCheck, type Foreign, foreignPart, type IsOwnHost } from "./foreign-request.ts";
import { GuessDelay } from "./guess-delay.ts";
import type { OneTimeCode } from "./one-time-links.ts";
import { csrfTokenOf } from "./page-secrets.ts";
import { endedCookie, sessionCookie, sessionSecretsIn } from "./session-cookie.ts";

/** Where a page of ours puts the CSRF token of a change that it makes by the control API. */
export const CSRF_HEADER = "x-csrf-token";

/** With it a page asks by itself, and nobody sits before it: the session lasts no longer for that. */
export const UNATTENDED_HEADER = "x-unattended";

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
  /** `ended`: aborts when the right ends by which it was let in. */
  | { readonly kind: "admitted"; readonly session: LiveSession | undefined; readonly ended: AbortSignal | undefined }
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
  /** Makes sure that these are shown nowhere; those in use come again and again. */
  readonly conceal: (secrets: readonly string[]) => void;
  /** Hides every secret in a text. */
  readonly redact: (text: string) => string;
}

/** `isShown`: in `Authorization`, as programs do. */
interface Try {
  readonly address: string;
  readonly delay: GuessDelay;
  readonly isShown: boolean;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

export class AdminDoor {
  readonly #options: AdminDoorOptions;
  /** By the form, which programs do not use, so that none of them makes whoever sits before it wait. */
  readonly #typed: GuessDelay;
  /** In `Authorization`. */
  readonly #shown: GuessDelay;
  /** The same, under names that are not ours, or from pages: any page may rebind its name and send what it likes. */
  readonly #shownElsewhere: GuessDelay;

  constructor(options: AdminDoorOptions) {
    this.#options = options;
    this.#typed = new GuessDelay(options.now);
    this.#shown = new GuessDelay(options.now);
    this.#shownElsewhere = new GuessDelay(options.now);
  }

  get sessions(): AdminSessions {
    return this.#options.sessions;
  }

  get hasToken(): boolean {
    return this.#options.config().auth.adminToken !== undefined;
  }

  /** Whoever shows the admin token in `Authorization`; a wrong one counts as a guess. */
  byToken(caller: AdminCaller): TokenEntry {
    const given = credentialOf(caller.request.headers);
    if (given === "" || !this.hasToken) return { kind: "refused" };
    const delay = this.foreign(caller) === undefined ? this.#shown : this.#shownElsewhere;
    return this.#judge(given, { address: caller.address, delay, isShown: true });
  }

  /** Whoever logs in with what was typed. */
  byTyped(given: string, address: string): LoginEntry {
    if (!this.hasToken) return { kind: "no-token" };
    if (given === "") return { kind: "refused" };
    return this.#judge(given, { address, delay: this.#typed, isShown: false });
  }

  /** The session of a browser, wherever the request is from: for what only shows it. */
  visitor({ request, isSecure }: AdminCaller): Visitor | undefined {
    const { sessions } = this;
    const scene = { instance: sessions.instance, isSecure };
    for (const secret of sessionSecretsIn(request.headers.get("cookie"), scene)) {
      const session = sessions.use(secret, !isUnattended(request));
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
      return entry.kind === "admitted" ? { ...entry, session: undefined, ended: this.sessions.tokenEnded } : entry;
    }
    const part = this.foreign(caller);
    // Only a browser sends a cookie: without one there is nothing to be misused.
    if (part !== undefined && request.headers.has("cookie")) return { kind: "foreign", part };
    const visitor = this.visitor(caller);
    if (visitor === undefined) return { kind: "refused" };
    const isChange = !SAFE_METHODS.has(request.method);
    if (isChange && !isSameSecret(request.headers.get(CSRF_HEADER) ?? "", visitor.csrfToken)) return { kind: "csrf" };
    return { kind: "admitted", session: visitor.session, ended: visitor.session.ended };
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
    const secret = await sessions.create({ via, address, agent: this.#agentOf(request) });
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
    const made = this.sessions.links.make();
    this.#options.conceal([made.code]);
    return made;
  }

  /** True once for each code. */
  takeLink(code: string): boolean {
    return this.sessions.links.take(code);
  }

  #judge(given: string, { address, delay, isShown }: Try): TokenEntry {
    const waitMs = delay.waitMs(address);
    if (waitMs > 0) return { kind: "delayed", waitMs };
    if (isAdminToken(given, this.#options.config().auth.adminToken)) {
      // What programs at the same address send all day must not give others there new guesses.
      if (!isShown) delay.noteSuccess(address);
      return { kind: "admitted" };
    }
    if (isShown && this.#options.isClientToken(given)) return { kind: "refused" };
    const failures = delay.noteFailure(address, isShown ? given : undefined);
    if (failures !== undefined) this.#options.logger.warn({ address, failures }, "Wrong admin token");
    return { kind: "refused" };
  }

  /** By what calls itself a browser: sessions are shown, and a part of a secret would not be known any more. */
  #agentOf({ headers }: Request): string {
    return this.#options.redact(headers.get("user-agent") ?? "");
  }

  #hostCheck(): IsOwnHost {
    const { server, auth } = this.#options.config();
    return createHostCheck(server.host, auth.adminHosts);
  }
}

/** A browser opens a stream of events again and again by itself, and can say nothing with it. */
function isUnattended(request: Request): boolean {
  return request.headers.has(UNATTENDED_HEADER) || takesEvents(request);
}

/** In constant time for texts of one length, which all valid ones have. */
export function isSameSecret(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
