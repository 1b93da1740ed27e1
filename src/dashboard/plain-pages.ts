// The pages that work without script: login, and messages.
import { escaped } from "./escaped.ts";
import { ASSETS_PATH } from "./page-files.ts";

/** How they look: the name of a style sheet among the files of the page. */
export interface PlainLook {
  readonly plainStyle: string;
  readonly icon: string;
}

/** `message`: what went wrong with the try before. `next`: the path that was asked for. */
export interface LoginFacts {
  readonly hasToken: boolean;
  readonly next: string;
  readonly message?: string | undefined;
}

const LINK_HINT =
  "<p>On the daemon's own machine <code>openai-balance open</code> makes a link that logs in once, without the token.</p>";

const NO_TOKEN = `<p>No admin token is configured. <code>openai-balance init</code> writes a config file that has one; in a
file that is there set <code>auth.admin_token</code>.</p>`;

export function loginPage({ hasToken, next, message }: LoginFacts, look: PlainLook): string {
  const alert = message === undefined ? "" : `<p role="alert">${escaped(message)}</p>\n`;
  return page({ title: "Log in", body: `${alert}${hasToken ? formOf(next) : NO_TOKEN}\n${LINK_HINT}` }, look);
}

function formOf(next: string): string {
  return `<form method="post" action="/admin/login">
<input name="next" type="hidden" value="${escaped(next)}">
<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Log in</button>
</form>`;
}

/** Leads on to the page by itself: a redirect would leave out a cookie that is only just being set, where another site led here. */
export function enteredPage(look: PlainLook): string {
  const head = '<meta http-equiv="refresh" content="0; url=/admin">\n';
  const body = '<p>You are logged in. <a href="/admin">Go on to the page</a></p>';
  return page({ title: "Logged in", body, head }, look);
}

/** One sentence, and the way back. */
export function messagePage(title: string, text: string, look: PlainLook): string {
  return page({ title, body: `<p>${escaped(text)}</p>\n<p><a href="/admin">Back</a></p>` }, look);
}

interface Document {
  readonly title: string;
  readonly body: string;
  readonly head?: string;
}

function page({ title, body, head = "" }: Document, { plainStyle, icon }: PlainLook): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} - openai-balance</title>
<link rel="icon" href="${ASSETS_PATH}${icon}">
<link rel="stylesheet" href="${ASSETS_PATH}${plainStyle}">
${head}</head>
<body>
<main>
<h1>openai-balance: ${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
}
