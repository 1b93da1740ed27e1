// The addresses of the page that the browser program shows.

/** What follows `/admin/`, in the order of the navigation; the first one is `/admin` itself. */
export const PAGE_NAMES = [
  "overview",
  "keys",
  "logs",
  "playground",
  "explain",
  "config",
  "tokens",
  "proxies",
  "jobs",
  "webhooks",
  "sessions",
] as const;

export type PageName = (typeof PAGE_NAMES)[number];

/** Those of which each thing has a page of its own. */
const DEEP: ReadonlySet<PageName> = new Set(["keys", "logs"]);

/** Which page a path shows, and what follows its name; undefined for a path of none. `below`: what follows `/admin`. */
export function pageAt(below: string): { readonly name: PageName; readonly rest: string | undefined } | undefined {
  const [, first = "", rest, ...more] = below.split("/");
  const name = first === "" ? "overview" : PAGE_NAMES.find((one) => one === first);
  if (name === undefined || more.length > 0) return undefined;
  if (rest === undefined || rest === "") return { name, rest: undefined };
  return DEEP.has(name) ? { name, rest } : undefined;
}
