// The document in which the browser program runs, and what it is given with it.
import { escaped } from "./escaped.ts";
import { ASSETS_PATH, type PageBundle } from "./page-files.ts";
import type { PageName } from "./page-names.ts";

/** What the program is told. */
export interface AppFacts {
  /** The page that is shown first: its script is loaded together with the program. */
  readonly name: PageName;
  readonly csrfToken: string;
  readonly version: string;
}

/** Without script it says so, and lets its reader log out. */
export function appPage({ name, csrfToken, version }: AppFacts, { script, style, icon, pages }: PageBundle): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="csrf-token" content="${escaped(csrfToken)}">
<meta name="version" content="${escaped(version)}">
<title>openai-balance</title>
<link rel="icon" href="${ASSETS_PATH}${icon}">
<link rel="stylesheet" href="${ASSETS_PATH}${style}">
<link rel="modulepreload" href="${ASSETS_PATH}${pages[name]}">
<script type="module" src="${ASSETS_PATH}${script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>
<p>You are logged in. This page needs JavaScript; without it the commands of openai-balance do the same.</p>
<form method="post" action="/admin/logout">
<input name="csrf_token" type="hidden" value="${escaped(csrfToken)}">
<button type="submit">Log out</button>
</form>
</noscript>
</body>
</html>
`;
}
