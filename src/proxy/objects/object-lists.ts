// Which lists can be made of those of several accounts, and through which keys they go.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Need } from "../../balancer/contract.ts";
import type { Provider } from "../../upstream/provider.ts";
import type { Operation } from "../paths/operation.ts";

/**
 * Lists with `data` and `has_more`, whose next page begins after an id (platform.openai.com/docs/api-reference,
 * docs.anthropic.com: message batches). What belongs to another object has one account anyway.
 */
const LISTS: ReadonlySet<string> = new Set([
  "files",
  "batches",
  "vector_stores",
  "assistants",
  "fine_tuning/jobs",
  "chat/completions",
  "videos",
  "containers",
  "evals",
  "skills",
  "messages/batches",
]);
/** The page before an object is in its own account, or there is none. */
const BACKWARDS: readonly string[] = ["before", "before_id"];
/** The list goes on in the account of that object. */
const ONWARDS: readonly string[] = ["after", "after_id"];

export interface ListQuestion {
  readonly method: string;
  readonly operation: Operation;
  readonly query: string;
  readonly need: Need;
  /** Objects are named whose maker is not known: nobody can tell where the list goes on. */
  readonly isSearch: boolean;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly balancer: Pick<Balancer, "accountKeys">;
}

/**
 * One key of each account in the order of the list, where it goes on from the pinned one on; undefined where the list is
 * that of the pinned one.
 */
export function listKeys(question: ListQuestion, now: number): readonly string[] | undefined {
  const { method, operation, query, need, isSearch, providers, balancer } = question;
  if (method !== "GET" || !LISTS.has(operation.name) || isSearch || need.pinnedKey === undefined) return undefined;
  const config = providers.get(need.route[0]?.[0]?.provider ?? "")?.config;
  if (config?.objectLists !== "every_account") return undefined;
  const params = new URLSearchParams(query);
  if (BACKWARDS.some((name) => params.has(name))) return undefined;
  const first = config.statefulKey ?? config.keys[0]?.id ?? need.pinnedKey;
  const from = ONWARDS.some((name) => params.has(name)) ? need.pinnedKey : undefined;
  const keys = balancer.accountKeys({ provider: config.name, keyId: first }, from, now);
  return keys.some((keyId) => keyId !== need.pinnedKey) ? keys : undefined;
}
