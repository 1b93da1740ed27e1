// Finds names and paths of providers that would hide each other or a route.

import type { FieldPath } from "./field-path.ts";
import type { LoadContext } from "./load-context.ts";

/**
 * What URLs begin with elsewhere; `default` is kept for the provider that variables make. Of the younger operations
 * only `chatkit`: `/chatkit/threads` without its `/v1` would be the threads of such a provider.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  (
    "v1 v1beta api admin auth static keys config logs health ready metrics providers default chat completions models " +
    "embeddings moderations images audio files uploads batches fine_tuning responses conversations vector_stores " +
    "assistants threads realtime videos containers evals rerank messages chatkit"
  ).split(" "),
);

interface Named {
  readonly name: string;
  readonly path: string;
}

/** Reports reserved names and paths, and those that stand for two providers. */
export function checkProviderNames(providers: readonly Named[], context: LoadContext): void {
  const owners = new Map<string, number>();
  for (const [index, { name, path }] of providers.entries()) {
    checkName(name, ["providers", index, "name"], owners, context);
    if (path !== name) checkName(path, ["providers", index, "path"], owners, context);
    for (const word of [name, path]) if (!owners.has(word)) owners.set(word, index);
  }
}

function checkName(
  word: string,
  path: FieldPath,
  owners: ReadonlyMap<string, number>,
  { list, hasFile }: LoadContext,
): void {
  const owner = owners.get(word);
  const isSeedDefault = word === "default" && !hasFile;
  if (RESERVED_NAMES.has(word.toLowerCase()) && !isSeedDefault)
    list.error(path, "is reserved, since URLs use it otherwise");
  else if (owner !== undefined) list.error(path, `is already the name or path of providers[${owner}]`);
}
