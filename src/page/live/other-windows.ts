// Windows of one browser share its session: one that has just been logged in lets the others go on.
import { metaContent } from "../shell/meta-content.ts";

/** The window in which another one has its user log in. */
const LOGIN_WINDOW = "openai-balance-login";
const CHANNEL = "openai-balance-logins";

interface Login {
  readonly csrfToken: string;
}

/** Tells the others that there is a session; a window that was opened for the login alone closes by that. */
export function announceLogin(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ csrfToken: metaContent("csrf-token") } satisfies Login);
  channel.close();
  if (window.name !== LOGIN_WINDOW) return;
  // Where it stays open it is a window like others.
  window.name = "";
  window.close();
}

/** Takes over the CSRF token of a session that another window has; `isOther`: it is not the one that was here. */
export function onLogin(run: (isOther: boolean) => void): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }: MessageEvent<Login>) => {
    const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
    if (meta === null || data.csrfToken === "") return;
    const isOther = meta.content !== data.csrfToken;
    meta.content = data.csrfToken;
    run(isOther);
  });
}

/** A login beside this window, whose contents stay; false where the browser opens none. */
export function openLoginWindow(): boolean {
  return window.open(location.href, LOGIN_WINDOW, "popup,width=520,height=680") !== null;
}
