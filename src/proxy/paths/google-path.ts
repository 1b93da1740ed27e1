// Tells Google's API from OpenAI's where both have their paths below `/v1`.
import { isGeminiFamily } from "./native-operations.ts";
import { OPERATION_ROWS } from "./operation-table.ts";
import type { ParsedPath } from "./parse-path.ts";
import type { ProviderNames } from "./provider-names.ts";
import { takeQueryKey } from "./query-params.ts";

/** `query`: as it was sent; `?key=` is Google's way to send a credential. */
interface Asked {
  readonly headers: Headers;
  readonly query: string;
}

type RelayedPath = Extract<ParsedPath, { kind: "default" | "provider" | "native" }>;

/** What Google's libraries send with every call, and no other (googleapis.com, common headers). */
const SIGNS = ["x-goog-api-key", "x-goog-api-client"] as const;

/** What only OpenAI's API has, whoever asks for it. */
const OPENAI_FAMILIES: ReadonlySet<string> = new Set(
  OPERATION_ROWS.map(({ template }) => familyOf(`/${template}`)).filter((family) => !isGeminiFamily(family)),
);

/**
 * Google's libraries ask for its stable version below `/v1`, where everybody else means the OpenAI API: a path of a
 * provider that serves both is Google's if the headers are.
 */
export function pathAsMeant(path: RelayedPath, { headers, query }: Asked, names: ProviderNames): RelayedPath {
  if (path.kind !== "provider" || names.byName.get(path.provider)?.isGoogle !== true) return path;
  const isGoogle = SIGNS.some((name) => headers.has(name)) || takeQueryKey(query).keys.length > 0;
  if (!isGoogle || OPENAI_FAMILIES.has(familyOf(path.rest))) return path;
  const { provider, rest, repaired } = path;
  return { kind: "native", provider, path: `/v1${rest}`, ...(repaired && { repaired }) };
}

function familyOf(rest: string): string {
  return rest.split("/", 2)[1] ?? "";
}
