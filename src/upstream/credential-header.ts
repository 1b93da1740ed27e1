// The header that carries a key's secret to its provider.
import type { ProviderConfig } from "../config/config.ts";
import { dialectOf } from "./dialects.ts";

/**
 * The credential header of one call, name in lower case; undefined for a provider without credentials
 * (`auth_header: none`). `auth_header` and `auth_prefix` go before the dialect. A prefix that ends in a letter or digit
 * is set apart by a space (`Token` sends `Token <secret>`); a header of the operator's own has no prefix by default,
 * except `Authorization`, which has `Bearer`.
 */
export function credentialHeader(
  config: Pick<ProviderConfig, "dialect" | "authHeader" | "authPrefix">,
  secret: string,
  call: { readonly native: boolean; readonly operation: string },
): readonly [name: string, value: string] | undefined {
  if (config.authHeader === "none") return undefined;
  const usual = dialectOf(config.dialect).credential(call.native, call.operation);
  const header = config.authHeader?.toLowerCase() ?? usual.header;
  const prefix = config.authPrefix ?? (config.authHeader === undefined ? usual.prefix : defaultPrefix(header));
  return [header, (/[A-Za-z0-9]$/.test(prefix) ? `${prefix} ` : prefix) + secret];
}

function defaultPrefix(header: string): string {
  return header === "authorization" ? "Bearer " : "";
}
