// A browser, as far as its headers go, at the page of an instance whose clock the test owns.
import { listen } from "../../src/daemon/listen.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { type Lab, type LabOptions, openLab } from "./instance-lab.ts";

export const ADMIN = fakeSecret("page_admin");
export const CLIENT = fakeSecret("page_client");

type Given = Readonly<Record<string, string>>;

export interface PageAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Everything over real HTTP. */
export interface AdminLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly url: string;
  ask(path: string, init?: RequestInit): Promise<PageAnswer>;
  /** A form as a browser without script sends it from a page of ours. */
  post(path: string, fields: Given, headers?: Given): Promise<PageAnswer>;
  /** Logs in; gives the value of `Cookie`. */
  login(headers?: Given): Promise<string>;
  /** The CSRF token that the page has for this cookie. */
  csrf(cookie: string): Promise<string>;
}

export function configOf(auth: object = {}, server: object = {}): object {
  return { auth: { admin_token: ADMIN, client_tokens: [CLIENT], ...auth }, server };
}

export async function openAdminLab(config: object = configOf(), options: LabOptions = {}): Promise<AdminLab> {
  const lab = await openLab({ config, ...options });
  const listening = listen(lab.instance.handler, { host: "127.0.0.1", port: 0 });
  const { url } = listening;
  const ask = async (path: string, init: RequestInit = {}): Promise<PageAnswer> => {
    const response = await fetch(url + path, { redirect: "manual", ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const post = (path: string, fields: Given, headers: Given = {}) =>
    ask(path, {
      method: "POST",
      body: new URLSearchParams(fields).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin", ...headers },
    });
  return {
    lab,
    url,
    ask,
    post,
    login: async (headers) => cookieOf(await post("/admin/login", { token: ADMIN }, headers)),
    csrf: async (cookie) => {
      const { text } = await ask("/admin", { headers: { cookie } });
      return /name="csrf_token" type="hidden" value="([^"]+)"/.exec(text)?.[1] ?? "none";
    },
    [Symbol.asyncDispose]: async () => {
      await listening.close();
      await lab[Symbol.asyncDispose]();
    },
  };
}

/** What a browser sends back of an answer. */
export function cookieOf({ status, headers, text }: PageAnswer): string {
  const cookie = headers.get("set-cookie")?.split(";")[0];
  if (cookie === undefined) throw new Error(`No cookie was set: ${status} ${text}`);
  return cookie;
}
