// The tunnel through an HTTP proxy: CONNECT (RFC 9110, 9.3.6).
import { isIPv6 } from "node:net";
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import type { Handshake, HandshakeStep, TunnelTarget } from "./handshake.ts";
import { type OutboundFault, TARGET_UNREACHABLE } from "./outbound-fault.ts";

/** More than any proxy has to say, with all interim answers. */
const MAX_HEAD_BYTES = 16 * 1024;
const HEAD_END = "\r\n\r\n";
/** RFC 9112, 4. */
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/;

/** Statuses by which proxies say that they cannot reach the target (RFC 9110, 15.6.3 to 15.6.5; Squid, Envoy, tinyproxy). */
const TARGET_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/** Asks for a tunnel with one request; a 2xx opens it. */
export class HttpConnect implements Handshake {
  readonly #proxy: Pick<OutboundProxy, "username" | "password">;
  readonly #target: TunnelTarget;
  #head = Buffer.alloc(0);
  #interimBytes = 0;

  constructor(proxy: Pick<OutboundProxy, "username" | "password">, target: TunnelTarget) {
    this.#proxy = proxy;
    this.#target = target;
  }

  start(): Uint8Array {
    const { hostname, port } = this.#target;
    const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
    const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...this.#authorization()];
    return Buffer.from(lines.join("\r\n") + HEAD_END, "latin1");
  }

  push(bytes: Uint8Array): HandshakeStep {
    this.#head = Buffer.concat([this.#head, bytes]);
    for (;;) {
      const end = this.#head.indexOf(HEAD_END, 0, "latin1");
      if (this.#interimBytes + (end < 0 ? this.#head.length : end) > MAX_HEAD_BYTES) return failed(BAD_ANSWER);
      if (end < 0) return this.#checkBegin();
      const status = statusOf(this.#head.toString("latin1", 0, end));
      if (status === undefined) return failed(BAD_ANSWER);
      const rest = this.#head.subarray(end + HEAD_END.length);
      if (status >= 200) return status < 300 ? { kind: "open", rest } : failed(faultOf(status));
      // An interim answer is followed by the real one (RFC 9110, 15.2).
      this.#interimBytes += end + HEAD_END.length;
      this.#head = rest;
    }
  }

  /** Whoever does not speak HTTP is not waited for. */
  #checkBegin(): HandshakeStep {
    const begin = this.#head.toString("latin1", 0, 5);
    return "HTTP/".startsWith(begin) ? { kind: "more" } : failed(BAD_ANSWER);
  }

  /** RFC 7617. */
  #authorization(): readonly string[] {
    const { username, password } = this.#proxy;
    if (username === "" && password === "") return [];
    return [`Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`];
  }
}

const BAD_ANSWER: OutboundFault = { code: "PROXY_BAD_ANSWER", detail: "no HTTP answer" };

function statusOf(head: string): number | undefined {
  const status = STATUS_LINE.exec(head.slice(0, head.indexOf("\r\n") < 0 ? head.length : head.indexOf("\r\n")))?.[1];
  return status === undefined ? undefined : Number(status);
}

function faultOf(status: number): OutboundFault {
  const detail = `status ${status}`;
  if (status === 407) return { code: "PROXY_AUTH_REQUIRED", detail };
  return { code: TARGET_STATUSES.has(status) ? TARGET_UNREACHABLE : "PROXY_REFUSED", detail };
}

function failed(fault: OutboundFault): HandshakeStep {
  return { kind: "failed", fault };
}
