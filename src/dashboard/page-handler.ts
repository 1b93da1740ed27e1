// Answers what a browser asks for below /admin, but the control API: the page, login, logout, one-time links.
import { type AdminCaller, type AdminDoor, isSameSecret, type LoginEntry } from "../admin/access/admin-door.ts";
import { FOREIGN_TEXTS } from "../admin/access/foreign-request.ts";
import { enteredPage, loginPage, messagePage, STYLE, STYLE_PATH, sessionPage } from "./plain-pages.ts";
import { readForm, type Schedule } from "./read-form.ts";

export interface PageHandlerOptions {
  readonly door: AdminDoor;
  readonly version: string;
  readonly schedule: Schedule;
}

type Answer = Response | Promise<Response>;

interface Route {
  readonly methods: readonly string[];
  /** It tells or does something, so that it is only for names of ours. */
  readonly answer: (caller: AdminCaller) => Answer;
}

const READS = ["GET", "HEAD"];
/** Browsers that fetch ahead say so (developer.mozilla.org: Sec-Purpose; Purpose and X-Moz before it). */
const AHEAD = ["sec-purpose", "purpose", "x-moz"] as const;

export class PageHandler {
  readonly #door: AdminDoor;
  readonly #version: string;
  readonly #schedule: Schedule;
  readonly #routes: ReadonlyMap<string, Route>;

  constructor({ door, version, schedule }: PageHandlerOptions) {
    this.#door = door;
    this.#version = version;
    this.#schedule = schedule;
    this.#routes = new Map<string, Route>([
      ["", { methods: READS, answer: (caller) => this.#page(caller) }],
      ["/", { methods: READS, answer: () => seeOther() }],
      ["/login", { methods: ["POST"], answer: (caller) => this.#login(caller) }],
      ["/logout", { methods: ["POST"], answer: (caller) => this.#logout(caller) }],
      ["/open", { methods: ["GET"], answer: (caller) => this.#open(caller) }],
      [STYLE_PATH.slice("/admin".length), { methods: READS, answer: styleSheet }],
    ]);
  }

  /** `below`: what follows `/admin`. */
  async answer(below: string, caller: AdminCaller): Promise<Response> {
    if (!this.#door.isOwnHost(caller)) return refusal(`${FOREIGN_TEXTS.host}.`);
    const route = this.#routes.get(below);
    if (route === undefined) return html(messagePage("Not found", "There is no such page."), { status: 404 });
    if (route.methods.includes(caller.request.method)) return route.answer(caller);
    const headers = { allow: route.methods.join(", ") };
    return html(messagePage("Not possible", "This address takes no such request."), { status: 405, headers });
  }

  #page(caller: AdminCaller): Response {
    const { hasToken, sessions } = this.#door;
    const visitor = this.#door.visitor(caller);
    if (visitor === undefined) return html(loginPage({ hasToken }));
    const { session, csrfToken } = visitor;
    const expiresAt = sessions.expiryOf(session);
    return html(sessionPage({ ...session, expiresAt, csrfToken, version: this.#version }));
  }

  async #login(caller: AdminCaller): Promise<Response> {
    const foreign = this.#door.foreign(caller);
    if (foreign !== undefined) return refusal(`${FOREIGN_TEXTS[foreign]}.`);
    const form = await readForm(caller.request, this.#schedule);
    if (!form.ok) return html(messagePage("Not possible", form.message), { status: form.status });
    const entry = this.#door.byTyped(form.fields.get("token")?.trim() ?? "", caller.address);
    if (entry.kind !== "admitted") return notLoggedIn(entry);
    return seeOther({ "set-cookie": await this.#door.login(caller, "token") });
  }

  async #logout(caller: AdminCaller): Promise<Response> {
    const foreign = this.#door.foreign(caller);
    if (foreign !== undefined) return refusal(`${FOREIGN_TEXTS[foreign]}.`);
    const visitor = this.#door.visitor(caller);
    const form = await readForm(caller.request, this.#schedule);
    if (!form.ok) return html(messagePage("Not possible", form.message), { status: form.status });
    if (visitor !== undefined && !isSameSecret(form.fields.get("csrf_token") ?? "", visitor.csrfToken))
      return refusal("The form is not one of this session: go back and try again.");
    // Another site may send the form without a session, and must not take the browser's cookie away with it.
    return seeOther(visitor === undefined ? {} : { "set-cookie": await this.#door.logout(caller, visitor) });
  }

  /**
   * A link logs in by itself, as nobody wants to press another button. What a browser fetches ahead uses none up. Other
   * sites may lead here, such as a terminal in a browser: whoever has the code may log in, and nobody else.
   */
  async #open(caller: AdminCaller): Promise<Response> {
    const { headers, url } = caller.request;
    if (AHEAD.some((name) => headers.get(name)?.includes("prefetch") === true))
      return new Response(null, { status: 503 });
    const question = url.indexOf("?");
    const code = new URLSearchParams(question < 0 ? "" : url.slice(question)).get("code") ?? "";
    if (this.#door.takeLink(code))
      return html(enteredPage(), { headers: { "set-cookie": await this.#door.login(caller, "link") } });
    const text =
      "The link was used before, or is older than five minutes. The command openai-balance open makes another.";
    return html(messagePage("Link not valid", text), { status: 403 });
  }
}

function notLoggedIn(entry: Exclude<LoginEntry, { readonly kind: "admitted" }>): Response {
  switch (entry.kind) {
    case "refused":
      return html(loginPage({ hasToken: true, message: "This is not the admin token." }), { status: 401 });
    case "no-token":
      return html(loginPage({ hasToken: false }), { status: 403 });
    case "delayed": {
      const seconds = Math.ceil(entry.waitMs / 1000);
      const message = `Too many wrong tokens came from your address. Try again in ${seconds} s.`;
      const headers = { "retry-after": String(seconds) };
      return html(loginPage({ hasToken: true, message }), { status: 429, headers });
    }
    default:
      return entry satisfies never;
  }
}

function refusal(text: string): Response {
  return html(messagePage("Refused", text), { status: 403 });
}

/** On to the page, by GET. */
function seeOther(headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { location: "/admin", ...headers } });
}

function styleSheet(): Response {
  const headers = { "content-type": "text/css; charset=utf-8", "cache-control": "no-cache" };
  return new Response(STYLE, { headers });
}

function html(
  text: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
) {
  return new Response(text, { status, headers: { "content-type": "text/html; charset=utf-8", ...headers } });
}
