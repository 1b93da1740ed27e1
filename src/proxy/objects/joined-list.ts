// One page of a list that goes through several accounts, one after the other.

import type { LoopDeps } from "../attempt/attempt-loop.ts";
import { endAttempt } from "../attempt/end-attempt.ts";
import type { RunEnd } from "../attempt/run-end.ts";
import type { ClientRequest } from "../client-request.ts";
import { joinPages, type ListPage, readPage } from "./list-page.ts";

export interface JoinDeps {
  readonly loop: LoopDeps;
  /** The list of one account. */
  readonly run: (request: ClientRequest) => Promise<RunEnd>;
  /** Takes the end of each of them. */
  readonly onEnd: (end: RunEnd) => void;
}

/** That are asked for one page. */
const MOST_ACCOUNTS = 32;
/** A page is held whole: at so many bytes it ends. */
const MOST_BYTES = 8 * 1024 * 1024;

type Whole = Extract<RunEnd, { kind: "whole" }>;

/**
 * The list of the first account to its end, then that of the next: so the last object of a page tells whose list goes
 * on, as clients ask for the next page after it. By time they could not be merged without asking all accounts for
 * everything. An account that fails ends the page, and is asked again by the next one.
 */
export async function joinedList(request: ClientRequest, keys: readonly string[], deps: JoinDeps): Promise<RunEnd> {
  const pages: { readonly end: Whole; readonly page: ListPage }[] = [];
  let left = limitIn(request.query);
  let query = request.query;
  let bytes = 0;
  for (const [index, keyId] of keys.slice(0, MOST_ACCOUNTS).entries()) {
    const end = await deps.run(ofAccount(request, keyId, query));
    deps.onEnd(end);
    const page = end.kind === "whole" ? readPage(end.answer.body) : undefined;
    if (end.kind !== "whole" || page === undefined) {
      // A client takes a page without objects for the end of the list.
      if (pages.every((each) => each.page.elements.length === 0)) return end;
      drop(end, deps.loop);
      return joined(pages, true);
    }
    pages.push({ end, page });
    if (left !== undefined) left = Math.max(0, left - page.elements.length);
    bytes += end.answer.body.length;
    if (page.hasMore || left === 0 || bytes >= MOST_BYTES)
      return joined(pages, page.hasMore || index < keys.length - 1);
    query = nextQuery(request.query, left);
  }
  return joined(pages, keys.length > MOST_ACCOUNTS);
}

/** The pinned key keeps who may stand in for it; for every other one those of its account do. */
function ofAccount(request: ClientRequest, keyId: string, query: string): ClientRequest {
  const standIn = { account: undefined, anyAfterMs: undefined };
  const isPinned = keyId === request.need.pinnedKey;
  const need = isPinned ? request.need : { ...request.need, pinnedKey: keyId, standIn };
  return { ...request, need, query, search: undefined };
}

function joined(pages: readonly { readonly end: Whole; readonly page: ListPage }[], hasMore: boolean): RunEnd {
  const [first] = pages;
  if (first === undefined) throw new Error("Cannot join no pages");
  const { end, page } = first;
  // One account's list is passed on as it is.
  if (pages.length === 1 && page.hasMore === hasMore) return end;
  const body = joinPages(
    end.answer.body,
    pages.map((each) => each.page),
    hasMore,
  );
  return { ...end, answer: { ...end.answer, body } };
}

/** A list too large to be read whole is not joined to another. */
function drop(end: RunEnd, loop: LoopDeps): void {
  if (end.kind !== "live") return;
  end.answer.abort();
  endAttempt(end.attempt, { usage: undefined, isSent: true }, loop);
}

function limitIn(query: string): number | undefined {
  const limit = Number(new URLSearchParams(query).get("limit") ?? "");
  return Number.isInteger(limit) && limit > 0 ? limit : undefined;
}

/** From the beginning of the next list, with what is left of the page. */
function nextQuery(query: string, left: number | undefined): string {
  const params = new URLSearchParams(query);
  for (const name of ["after", "after_id"]) params.delete(name);
  if (left !== undefined) params.set("limit", String(left));
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}
