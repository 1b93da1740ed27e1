// The pages that work without script: login, who is logged in, and messages.

/** Where the style sheet is. */
export const STYLE_PATH = "/admin/style.css";

/** All of these pages, in light and dark. */
export const STYLE = `:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 26rem; padding: 4rem 1rem; }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
label { display: block; margin-bottom: 0.25rem; }
input, button { box-sizing: border-box; font: inherit; padding: 0.5rem 0.75rem; width: 100%; }
input { margin-bottom: 1rem; }
[role="alert"] { border-inline-start: 4px solid #c62828; padding-inline-start: 0.75rem; }
`;

/** `message`: what went wrong with the try before. */
export interface LoginFacts {
  readonly hasToken: boolean;
  readonly message?: string | undefined;
}

/** What is told of a session. Times are wall-clock milliseconds. */
export interface SessionFacts {
  readonly via: "token" | "link";
  readonly address: string;
  readonly createdAt: number;
  /** When it ends unless it is used. */
  readonly expiresAt: number;
  readonly csrfToken: string;
  readonly version: string;
}

const LINK_HINT =
  "<p>On the daemon's own machine <code>openai-balance open</code> makes a link that logs in once, without the token.</p>";

const NO_TOKEN = `<p>No admin token is configured. <code>openai-balance init</code> writes a config file that has one; in a
file that is there set <code>auth.admin_token</code>.</p>`;

const FORM = `<form method="post" action="/admin/login">
<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Log in</button>
</form>`;

export function loginPage({ hasToken, message }: LoginFacts): string {
  const alert = message === undefined ? "" : `<p role="alert">${escaped(message)}</p>\n`;
  return page("Log in", `${alert}${hasToken ? FORM : NO_TOKEN}\n${LINK_HINT}`);
}

export function sessionPage(facts: SessionFacts): string {
  const way = facts.via === "token" ? "the admin token" : "a one-time link";
  const since = new Date(facts.createdAt).toISOString();
  const until = new Date(facts.expiresAt).toISOString();
  return page(
    "Logged in",
    `<p>You are logged in as the administrator, by ${way}, since ${since}, from ${escaped(facts.address)}.</p>
<p>Unless it is used, the session ends at ${until}.</p>
<p>openai-balance ${escaped(facts.version)}</p>
<form method="post" action="/admin/logout">
<input name="csrf_token" type="hidden" value="${escaped(facts.csrfToken)}">
<button type="submit">Log out</button>
</form>`,
  );
}

/** Leads on to the page by itself: a redirect would leave out a cookie that is only just being set, where another site led here. */
export function enteredPage(): string {
  const lead = '<meta http-equiv="refresh" content="0; url=/admin">';
  return page("Logged in", '<p>You are logged in. <a href="/admin">Go on to the page</a></p>', lead);
}

/** One sentence, and the way back. */
export function messagePage(title: string, text: string): string {
  return page(title, `<p>${escaped(text)}</p>\n<p><a href="/admin">Back</a></p>`);
}

function page(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} - openai-balance</title>
<link rel="stylesheet" href="${STYLE_PATH}">
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

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
