// Makes the rules for pages in browsers of what was written about them.
import type { ClientToken } from "./client-token.ts";
import type { CorsConfig } from "./config.ts";
import type { LoadContext } from "./load-context.ts";
import { milliseconds } from "./normalise-timeouts.ts";
import type { RawConfig } from "./schema.ts";

/** Reports rules that would let any page spend the keys. */
export function normaliseCors(
  raw: RawConfig["server"]["cors"],
  tokens: readonly ClientToken[],
  { list, stored }: LoadContext,
): CorsConfig | undefined {
  if (raw === undefined) return undefined;
  const isOpen = raw.origins.includes("*");
  const path = ["server", "cors", "origins"];
  const hasTokens = tokens.length > 0 || stored.hasTokens === true;
  if (isOpen && !hasTokens && !list.touchesBroken(["auth", "client_tokens"])) {
    list.error(path, "with * any web page could use the keys without a client token: set auth.client_tokens");
  }
  if (isOpen && raw.origins.length > 1) list.error(path, "has items without effect: * stands for every origin");
  return { origins: raw.origins.map((origin) => origin.toLowerCase()), maxAgeMs: milliseconds(raw.max_age) };
}
