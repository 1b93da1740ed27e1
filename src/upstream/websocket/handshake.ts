// The opening handshake of a WebSocket (RFC 6455 section 4): what a client asks, and whether it was agreed to.
import { createHash, randomBytes } from "node:crypto";
import type { HeaderList, TransportCall } from "../transport.ts";

export interface Handshake {
  /** The bytes of the request. */
  readonly request: Buffer;
  /** What `Sec-WebSocket-Accept` must be. */
  readonly accept: string;
  /** The subprotocols that are offered. */
  readonly offered: ReadonlySet<string>;
}

export interface AnswerHeadText {
  readonly status: number;
  readonly headers: HeaderList;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Set here for each connection, whatever the call says. */
const OWN = new Set(["host", "connection", "upgrade", "sec-websocket-key", "sec-websocket-version"]);

/** The request of a call; its other headers go as they are. */
export function openingHandshake({ origin, path, headers }: TransportCall): Handshake {
  const key = randomBytes(16).toString("base64");
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${new URL(origin).host}`];
  const offered = new Set<string>();
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = "", value = ""] = headers.slice(at, at + 2);
    if (OWN.has(name.toLowerCase())) continue;
    lines.push(`${name}: ${value}`);
    if (name.toLowerCase() === "sec-websocket-protocol") for (const item of listOf(value)) offered.add(item);
  }
  lines.push("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${key}`);
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  return { request: Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), accept, offered };
}

/**
 * Whether the 101 of a server opens the connection that was asked for, section 4.1: the right accept, a subprotocol of
 * those offered or none, and no extension, as none was offered.
 */
export function isAgreed({ headers }: AnswerHeadText, { accept, offered }: Handshake): boolean {
  const protocol = headerValue(headers, "sec-websocket-protocol");
  return (
    headerValue(headers, "upgrade")?.toLowerCase() === "websocket" &&
    listOf(headerValue(headers, "connection") ?? "").some((item) => item.toLowerCase() === "upgrade") &&
    headerValue(headers, "sec-websocket-accept") === accept &&
    headerValue(headers, "sec-websocket-extensions") === undefined &&
    (protocol === undefined || offered.has(protocol))
  );
}

/** The first value of a header. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  return headers.find((header) => header[0] === name)?.[1];
}

/** The items of a comma-separated header. */
export function listOf(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
