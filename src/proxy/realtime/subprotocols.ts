// The subprotocols that a client offers, in which browsers put what others say in headers.
import { listOf } from "../../upstream/websocket/handshake.ts";

/** Where a browser, which can set no header, puts its credential (openai-node, src/realtime/websocket.ts). */
const TOKEN_PROTOCOL = "openai-insecure-api-key.";
/** The same for its account, which never fits the key of another. */
const ACCOUNT_PROTOCOLS = ["openai-organization.", "openai-project."];
/** OpenAI's are settings of the session, such as `openai-beta.realtime-v1`, and no choice of a subprotocol. */
const SETTING_PROTOCOLS = "openai-";
const TOKEN_HEADERS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/** The client's headers with its credential in a header, where it stands in a subprotocol. */
export function withSocketToken(headers: Headers): Headers {
  const offered = protocolsOf(headers).find((item) => item.startsWith(TOKEN_PROTOCOL));
  // Any credential that is valid counts, so it goes where there is none yet.
  const free = TOKEN_HEADERS.find((name) => !headers.has(name));
  if (offered === undefined || free === undefined) return headers;
  const token = offered.slice(TOKEN_PROTOCOL.length);
  const named = new Headers(headers);
  named.set(free, free === "authorization" ? `Bearer ${token}` : token);
  return named;
}

/** The subprotocols that go upstream: never a credential, and the client's account only where the provider takes it. */
export function offeredProtocols(headers: Headers, passOrganization: boolean): string[] {
  return protocolsOf(headers).filter((item) => {
    if (item.startsWith(TOKEN_PROTOCOL)) return false;
    return passOrganization || !ACCOUNT_PROTOCOLS.some((prefix) => item.startsWith(prefix));
  });
}

/** What another key is offered for a client that was answered one already. */
export function offeredAgain(offered: readonly string[], answered: string | undefined): string[] {
  return offered.filter((item) => item === answered || item.startsWith(SETTING_PROTOCOLS));
}

/** What the client is answered: the provider's choice, else `realtime`, without which a browser would hang up. */
export function answeredProtocol(headers: Headers, chosen: string | undefined): string | undefined {
  return chosen ?? protocolsOf(headers).find((item) => item === "realtime");
}

function protocolsOf(headers: Headers): string[] {
  return listOf(headers.get("sec-websocket-protocol") ?? "");
}
