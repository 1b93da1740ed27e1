// Windows of one browser share its session: one that has just been logged in lets the others go on.
import { metaContent } from "../shell/meta-content.ts";

/** The window in which another one has its user log in. */
const LOGIN_WINDOW = "openai-balance-login";
const CHANNEL = "openai-balance-logins";

interface Login {
  readonly csrfToken: string;
}

/** Tells the others that there is a session; true where this window was opened for that alone, and is done. */
export function announceLogin(): boolean {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ csrfToken: metaContent("csrf-token") } satisfies Login);
  channel.close();
  if (window.name !== LOGIN_WINDOW) return false;
  window.close();
  return true;
}

/** Takes over the CSRF token of a session that another window has. */
export function onLogin(run: () => void): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }: MessageEvent<Login>) => {
    const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
    if (meta === null || data.csrfToken === "") return;
    meta.content = data.csrfToken;
    run();
  });
}

/** A login beside this window, whose contents stay; false where the browser opens none. */
export function openLoginWindow(): boolean {
  return window.open(location.href, LOGIN_WINDOW, "popup,width=520,height=680") !== null;
}
