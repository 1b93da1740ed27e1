// What a backup holds, in words.
import { countOf } from "../words.ts";

export interface ContentFacts {
  readonly keys: number;
  readonly tokens: number;
  readonly config_file: string | undefined;
  readonly records: boolean;
}

/** `2 keys, 1 client token, health, the config file, no request records`. */
export function contentText({ keys, tokens, config_file, records }: ContentFacts): string {
  const config = config_file === undefined ? "no config file" : "the config file";
  const kept = records ? "request records" : "no request records";
  return [countOf(keys, "key"), countOf(tokens, "client token"), "health", config, kept].join(", ");
}
