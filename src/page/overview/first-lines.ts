// Commands that can be copied into a shell as they are.
import type { OutputOf } from "../../admin/operation-table.ts";

type Example = OutputOf<"overview">["example"];

/** A first request to the daemon; a client token is taken from the variable CLIENT_TOKEN. */
export function curlLine(origin: string, { model, needs_token }: Example): string {
  const header = needs_token ? ' -H "Authorization: Bearer $CLIENT_TOKEN"' : "";
  if (model === undefined) return `curl ${origin}/v1/models${header}`;
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Say hello" }] });
  return `curl ${origin}/v1/chat/completions${header} -H "Content-Type: application/json" -d ${quoted(body)}`;
}

/** Asks for the key without showing it. */
export function keysAddLine(provider: string | undefined): string {
  return `openai-balance keys add${provider === undefined ? "" : ` --provider ${quoted(provider)}`}`;
}

/** For a POSIX shell, where that is needed. */
function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
