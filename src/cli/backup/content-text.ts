// What a backup holds, in words.
import { countOf } from "../words.ts";

export interface ContentFacts {
  readonly keys: number;
  readonly tokens: number;
  readonly config: boolean;
  readonly records: boolean;
}

/** `2 keys, 1 client token, health, the config file, no request records`. */
export function contentText({ keys, tokens, config, records }: ContentFacts): string {
  const file = config ? "the config file" : "no config file";
  const kept = records ? "request records" : "no request records";
  return [countOf(keys, "key"), countOf(tokens, "client token"), "health", file, kept].join(", ");
}
