// What a client says when it asks for a WebSocket.
import { listOf } from "../../upstream/websocket/handshake.ts";
import type { ErrorCode } from "../answer/error-table.ts";

/** RFC 6455 section 4.2.1: 16 bytes in Base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** Whether it is the opening handshake of a WebSocket. */
export function asksForSocket({ method, headers }: Request): boolean {
  const upgrade = method === "GET" ? headers.get("upgrade") : null;
  return upgrade !== null && listOf(upgrade).some((item) => item.toLowerCase() === "websocket");
}

/** What is wrong with the handshake. */
export function handshakeFault({ headers }: Request): ErrorCode | undefined {
  if (headers.get("sec-websocket-version") !== "13") return "unsupported_websocket_version";
  const isUpgrade = listOf(headers.get("connection") ?? "").some((item) => item.toLowerCase() === "upgrade");
  // The server would take a body for frames.
  const hasBody = headers.has("transfer-encoding") || !/^0*$/.test(headers.get("content-length") ?? "");
  const isWhole = isUpgrade && !hasBody && KEY.test(headers.get("sec-websocket-key") ?? "");
  return isWhole ? undefined : "invalid_websocket_handshake";
}

/** The client's headers without those of its own handshake. */
export function withoutHandshake(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of [...kept.keys()]) if (name.startsWith("sec-websocket-")) kept.delete(name);
  return kept;
}
