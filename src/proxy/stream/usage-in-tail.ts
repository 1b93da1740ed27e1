// Finds the usage in the end of a JSON text that is too long to be parsed.
import type { Usage } from "../../core/usage.ts";
import { parseJson } from "./json-value.ts";
import type { StreamProtocol } from "./protocol.ts";
import { readUsage } from "./usage-report.ts";

/** Behind the usage stand a few short members at most. */
export const USAGE_TAIL_BYTES = 8 * 1024;

/** Numbers in objects, some of them in further ones. In a text of a client the quotes would be escaped. */
const USAGE = /"(usage(?:Metadata)?)"\s*:\s*(\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})/g;

/** That of the answer or event which ends with these bytes; tools of the same name stand before it. */
export function usageInTail(bytes: Uint8Array, protocol: StreamProtocol): Usage | undefined {
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const [, name, text] = [...tail.matchAll(USAGE)].at(-1) ?? [];
  return name === undefined || text === undefined ? undefined : readUsage({ [name]: parseJson(text) }, protocol);
}
