// What a client says when it asks for a WebSocket.
import { listOf } from "../../upstream/websocket/handshake.ts";
import type { ErrorCode } from "../error-table.ts";

/** RFC 6455 section 4.2.1: 16 bytes in Base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
/** Where a browser, which can set no header, puts its credential (openai-node, src/realtime/websocket.ts). */
const TOKEN_PROTOCOL = "openai-insecure-api-key.";
/** The same for its account, which never fits the key of another. */
const ACCOUNT_PROTOCOLS = ["openai-organization.", "openai-project."];
const TOKEN_HEADERS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/** Whether it is the opening handshake of a WebSocket. */
export function asksForSocket({ method, headers }: Request): boolean {
  return method === "GET" && listOf(headers.get("upgrade") ?? "").some((item) => item.toLowerCase() === "websocket");
}

/** What is wrong with the handshake. */
export function handshakeFault({ headers }: Request): ErrorCode | undefined {
  if (headers.get("sec-websocket-version") !== "13") return "unsupported_websocket_version";
  const isUpgrade = listOf(headers.get("connection") ?? "").some((item) => item.toLowerCase() === "upgrade");
  const isWhole = isUpgrade && KEY.test(headers.get("sec-websocket-key") ?? "");
  return isWhole ? undefined : "invalid_websocket_handshake";
}

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

/** What the client is answered: the provider's choice, else `realtime`, without which a browser would hang up. */
export function answeredProtocol(headers: Headers, chosen: string | undefined): string | undefined {
  return chosen ?? protocolsOf(headers).find((item) => item === "realtime");
}

/** The client's headers without those of its own handshake. */
export function withoutHandshake(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of [...kept.keys()]) if (name.startsWith("sec-websocket-")) kept.delete(name);
  return kept;
}

function protocolsOf(headers: Headers): string[] {
  return listOf(headers.get("sec-websocket-protocol") ?? "");
}
