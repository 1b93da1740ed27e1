// Answers what a browser asks for below /admin, but the control API: the page, its files, login, logout, one-time links.
import { type AdminCaller, type AdminDoor, isSameSecret, type LoginEntry } from "../admin/access/admin-door.ts";
import { FOREIGN_TEXTS } from "../admin/access/foreign-request.ts";
import { appPage } from "./app-page.ts";
import { pageBundle } from "./page-bundle.ts";
import { ASSETS_PATH, answerFile } from "./page-files.ts";
import { type PageName, pageAt } from "./page-names.ts";
import { enteredPage, loginPage, messagePage, type PlainLook } from "./plain-pages.ts";
import { readForm, type Schedule } from "./read-form.ts";

export interface PageHandlerOptions {
  readonly door: AdminDoor;
  readonly version: string;
  readonly schedule: Schedule;
}

type Answer = Response | Promise<Response>;
type RouteAnswer = (caller: AdminCaller) => Answer;

interface Route {
  readonly methods: readonly string[];
  /** It tells or does something, so that it is only for names of ours. */
  readonly answer: RouteAnswer;
}

const PAGE = "/admin";
const FILES = ASSETS_PATH.slice(PAGE.length);
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
      ["/", { methods: READS, answer: () => seeOther(PAGE) }],
      ["/login", { methods: ["POST"], answer: (caller) => this.#login(caller) }],
      ["/logout", { methods: ["POST"], answer: (caller) => this.#logout(caller) }],
      ["/open", { methods: ["GET"], answer: (caller) => this.#open(caller) }],
    ]);
  }

  /** `below`: what follows `/admin`. */
  async answer(below: string, caller: AdminCaller): Promise<Response> {
    if (!this.#door.isOwnHost(caller)) return refusal(`${FOREIGN_TEXTS.host}.`);
    const route = this.#routeOf(below);
    if (route === undefined) return message("Not found", "There is no such page.", 404);
    if (route.methods.includes(caller.request.method)) return route.answer(caller);
    const headers = { allow: route.methods.join(", ") };
    return message("Not possible", "This address takes no such request.", 405, headers);
  }

  #routeOf(below: string): Route | undefined {
    if (below.startsWith(FILES))
      return { methods: READS, answer: (caller) => file(below.slice(FILES.length), caller.request) };
    const found = this.#routes.get(below);
    const page = pageAt(below);
    if (found !== undefined || page === undefined) return found;
    return { methods: READS, answer: (caller) => this.#page({ name: page.name, path: PAGE + below }, caller) };
  }

  async #page({ name, path }: { name: PageName; path: string }, caller: AdminCaller): Promise<Response> {
    const visitor = this.#door.visitor(caller);
    if (visitor === undefined) return this.#form({ next: path + queryOf(caller.request.url) });
    const { csrfToken } = visitor;
    return html(appPage({ name, csrfToken, version: this.#version }, await pageBundle()));
  }

  async #form({ next, message: text }: { next: string; message?: string }, init: Init = {}): Promise<Response> {
    return html(loginPage({ hasToken: this.#door.hasToken, next, message: text }, await look()), init);
  }

  async #login(caller: AdminCaller): Promise<Response> {
    const foreign = this.#door.foreign(caller);
    if (foreign !== undefined) return refusal(`${FOREIGN_TEXTS[foreign]}.`);
    const form = await readForm(caller.request, this.#schedule);
    if (!form.ok) return message("Not possible", form.message, form.status);
    const next = pagePath(form.fields.get("next") ?? "");
    const entry = this.#door.byTyped(form.fields.get("token")?.trim() ?? "", caller.address);
    if (entry.kind !== "admitted") return this.#notLoggedIn(entry, next);
    return seeOther(next, { "set-cookie": await this.#door.login(caller, "token") });
  }

  async #logout(caller: AdminCaller): Promise<Response> {
    const foreign = this.#door.foreign(caller);
    if (foreign !== undefined) return refusal(`${FOREIGN_TEXTS[foreign]}.`);
    const visitor = this.#door.visitor(caller);
    const form = await readForm(caller.request, this.#schedule);
    if (!form.ok) return message("Not possible", form.message, form.status);
    if (visitor !== undefined && !isSameSecret(form.fields.get("csrf_token") ?? "", visitor.csrfToken))
      return refusal("The form is not one of this session: go back and try again.");
    // Another site may send the form without a session, and must not take the browser's cookie away with it.
    return seeOther(PAGE, visitor === undefined ? {} : { "set-cookie": await this.#door.logout(caller, visitor) });
  }

  /**
   * A link logs in by itself, as nobody wants to press another button. What a browser fetches ahead uses none up. Other
   * sites may lead here, such as a terminal in a browser: whoever has the code may log in, and nobody else.
   */
  async #open(caller: AdminCaller): Promise<Response> {
    const { headers, url } = caller.request;
    if (AHEAD.some((name) => headers.get(name)?.includes("prefetch") === true))
      return new Response(null, { status: 503 });
    const code = new URLSearchParams(queryOf(url)).get("code") ?? "";
    if (this.#door.takeLink(code))
      return html(enteredPage(await look()), { headers: { "set-cookie": await this.#door.login(caller, "link") } });
    const text =
      "The link was used before, or is older than five minutes. The command openai-balance open makes another.";
    return message("Link not valid", text, 403);
  }

  #notLoggedIn(entry: Exclude<LoginEntry, { readonly kind: "admitted" }>, next: string): Promise<Response> {
    switch (entry.kind) {
      case "refused":
        return this.#form({ next, message: "This is not the admin token." }, { status: 401 });
      case "no-token":
        return this.#form({ next }, { status: 403 });
      case "delayed": {
        const seconds = Math.ceil(entry.waitMs / 1000);
        const text = `Too many wrong tokens came from your address. Try again in ${seconds} s.`;
        return this.#form({ next, message: text }, { status: 429, headers: { "retry-after": String(seconds) } });
      }
      default:
        return entry satisfies never;
    }
  }
}

/** A path of the page, whatever a form says. */
function pagePath(next: string): string {
  const [path = ""] = next.split("?", 1);
  const isPage = path === PAGE || (path.startsWith(`${PAGE}/`) && pageAt(path.slice(PAGE.length)) !== undefined);
  // A header takes no other characters; browsers write paths so.
  return isPage && /^[!-~]*$/.test(next) ? next : PAGE;
}

function queryOf(url: string): string {
  const question = url.indexOf("?");
  return question < 0 ? "" : url.slice(question);
}

async function file(name: string, request: Request): Promise<Response> {
  const accepted = request.headers.get("accept-encoding") ?? "";
  return (await answerFile(name, await pageBundle(), accepted)) ?? message("Not found", "There is no such file.", 404);
}

function look(): Promise<PlainLook> {
  return pageBundle();
}

function refusal(text: string): Promise<Response> {
  return message("Refused", text, 403);
}

async function message(title: string, text: string, status: number, headers: Headers = {}): Promise<Response> {
  return html(messagePage(title, text, await look()), { status, headers });
}

/** On to a page, by GET. */
function seeOther(path: string, headers: Headers = {}): Response {
  return new Response(null, { status: 303, headers: { location: path, ...headers } });
}

type Headers = Readonly<Record<string, string>>;

interface Init {
  readonly status?: number;
  readonly headers?: Headers;
}

function html(text: string, { status = 200, headers = {} }: Init = {}): Response {
  return new Response(text, { status, headers: { "content-type": "text/html; charset=utf-8", ...headers } });
}
