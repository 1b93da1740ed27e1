// Whether the configuration refers to a key, so that it would be wrong without it.
import type { Config } from "../config/config.ts";

/** The field that refers to the key. */
export function referredAs(
  id: string,
  provider: string,
  { providers }: Config,
): "stateful_key" | "model_request_key" | undefined {
  const owner = providers.find(({ name }) => name === provider);
  if (owner?.statefulKey === id) return "stateful_key";
  return owner?.modelRequestKey === id ? "model_request_key" : undefined;
}
