// Where the user is: a page, what it shows of it, and its filters, all in the address.
import { useCallback } from "preact/hooks";
import { type PageName, pageAt } from "../../dashboard/page-names.ts";
import { Observable, useObservable } from "../api/observable.ts";

export interface Route {
  readonly name: PageName;
  /** The id of one thing of the page. */
  readonly rest: string | undefined;
  readonly query: URLSearchParams;
}

const ROOT = "/admin";

/** Asked before the user goes elsewhere; false keeps them here. */
export type LeaveGuard = () => boolean;

const guards = new Set<LeaveGuard>();
const route = new Observable<Route>(currentRoute());
/** Where the address is put back to when a guard keeps the user. */
let shown = location.href;

/** Follows the address from now on. */
export function watchAddress(): void {
  addEventListener("popstate", takeStep);
}

function takeStep(): void {
  if (isElsewhere(location.href, shown) && !mayLeave()) history.pushState(null, "", shown);
  else show();
}

export function useRoute(): Route {
  return useObservable(route);
}

/** `href`: a path of the page with its query. `replace`: the step back leads to where the user was before. */
export function navigate(href: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (isElsewhere(href, location.href) && !mayLeave()) return;
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  show();
}

/** The address of a page. */
export function pagePath(name: PageName, { rest, query = {} }: { rest?: string; query?: QueryPatch } = {}): string {
  const path = name === "overview" ? ROOT : `${ROOT}/${name}`;
  const search = String(patched(new URLSearchParams(), query));
  return path + (rest === undefined ? "" : `/${encodeURIComponent(rest)}`) + (search === "" ? "" : `?${search}`);
}

/** Undefined or empty takes a field out. */
export type QueryPatch = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The filters of a page, and what changes them; each change replaces the address unless `isStep`. */
export function useQuery(): readonly [URLSearchParams, (patch: QueryPatch, isStep?: boolean) => void] {
  const { query } = useRoute();
  const change = useCallback((patch: QueryPatch, isStep = false) => {
    const search = String(patched(new URLSearchParams(location.search), patch));
    navigate(location.pathname + (search === "" ? "" : `?${search}`), { replace: !isStep });
  }, []);
  return [query, change];
}

/** Gives what takes it away again. */
export function addLeaveGuard(guard: LeaveGuard): () => void {
  guards.add(guard);
  return () => void guards.delete(guard);
}

function patched(query: URLSearchParams, patch: QueryPatch): URLSearchParams {
  for (const [name, value] of Object.entries(patch)) {
    query.delete(name);
    for (const one of typeof value === "string" ? [value] : (value ?? [])) if (one !== "") query.append(name, one);
  }
  return query;
}

/** Another page, not another filter or place of the same one. */
function isElsewhere(href: string, from: string): boolean {
  return new URL(href, from).pathname !== new URL(from).pathname;
}

function mayLeave(): boolean {
  return [...guards].every((guard) => guard());
}

function show(): void {
  shown = location.href;
  route.set(currentRoute());
}

function currentRoute(): Route {
  const found = pageAt(location.pathname.slice(ROOT.length));
  const rest = found?.rest;
  return {
    name: found?.name ?? "overview",
    rest: rest === undefined ? undefined : decoded(rest),
    query: new URLSearchParams(location.search),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
