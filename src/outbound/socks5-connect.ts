// The tunnel through a SOCKS5 proxy: RFC 1928, with user and password of RFC 1929.
import { isIP } from "node:net";
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import type { Handshake, HandshakeStep, TunnelTarget } from "./handshake.ts";
import { type OutboundFault, TARGET_UNREACHABLE } from "./outbound-fault.ts";

const VERSION = 5;
const METHOD = { none: 0, password: 2, unacceptable: 0xff } as const;
const PASSWORD_VERSION = 1;
const CONNECT = 1;
const MAX_NAME_BYTES = 255;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** Replies of RFC 1928, 6: network unreachable, host unreachable, connection refused, TTL expired. */
const TARGET_REPLIES: ReadonlySet<number> = new Set([3, 4, 5, 6]);

const MORE: HandshakeStep = { kind: "more" };

type Phase = "method" | "password" | "reply";

/** Agrees on a way to authenticate, then asks for a tunnel. */
export class Socks5Connect implements Handshake {
  readonly #proxy: Pick<OutboundProxy, "username" | "password">;
  readonly #target: TunnelTarget;
  #phase: Phase = "method";
  #given = Buffer.alloc(0);

  constructor(proxy: Pick<OutboundProxy, "username" | "password">, target: TunnelTarget) {
    this.#proxy = proxy;
    this.#target = target;
  }

  start(): Uint8Array {
    const methods = this.#proxy.username === "" ? [METHOD.none] : [METHOD.none, METHOD.password];
    return Uint8Array.from([VERSION, methods.length, ...methods]);
  }

  push(bytes: Uint8Array): HandshakeStep {
    this.#given = Buffer.concat([this.#given, bytes]);
    switch (this.#phase) {
      case "method":
        return this.#onMethod();
      case "password":
        return this.#onPassword();
      case "reply":
        return this.#onReply();
      default:
        return this.#phase satisfies never;
    }
  }

  #onMethod(): HandshakeStep {
    const [version, method] = this.#given;
    if (version !== undefined && version !== VERSION) return failed("PROXY_BAD_ANSWER", "no SOCKS5 answer");
    if (method === undefined) return MORE;
    if (method === METHOD.unacceptable) return failed("PROXY_AUTH_REQUIRED", "no way to authenticate that it accepts");
    if (method === METHOD.none) return this.#askForTarget();
    const isOffered = method === METHOD.password && this.#proxy.username !== "";
    return isOffered ? this.#next("password", this.#credentials()) : failed("PROXY_BAD_ANSWER", "no SOCKS5 answer");
  }

  #onPassword(): HandshakeStep {
    if (this.#given.length < 2) return MORE;
    // Some servers answer with the version of SOCKS in place of that of the sub-negotiation.
    return this.#given[1] === 0 ? this.#askForTarget() : failed("PROXY_AUTH_REQUIRED", "user and password are refused");
  }

  #onReply(): HandshakeStep {
    const [version, reply, , type, first] = this.#given;
    if (version !== undefined && version !== VERSION) return failed("PROXY_BAD_ANSWER", "no SOCKS5 answer");
    // Who refuses may leave out the address.
    if (reply !== undefined && reply !== 0) {
      return failed(TARGET_REPLIES.has(reply) ? TARGET_UNREACHABLE : "PROXY_REFUSED", `reply ${reply}`);
    }
    if (type === undefined || first === undefined) return MORE;
    const length = addressLength(type, first);
    if (length === undefined) return failed("PROXY_BAD_ANSWER", "no SOCKS5 answer");
    const end = 4 + length + 2;
    return this.#given.length < end ? MORE : { kind: "open", rest: this.#given.subarray(end) };
  }

  /** One byte says how long a name is: a longer one would be read as another target. */
  #askForTarget(): HandshakeStep {
    if (this.#target.hostname.length > MAX_NAME_BYTES) return failed(TARGET_UNREACHABLE, "its name is too long");
    return this.#next("reply", this.#request());
  }

  #next(phase: Phase, send: Uint8Array): HandshakeStep {
    this.#phase = phase;
    // Nobody speaks before being asked; what did is no SOCKS5.
    if (this.#given.length > 2) return failed("PROXY_BAD_ANSWER", "it spoke before it was asked");
    this.#given = Buffer.alloc(0);
    return { kind: "more", send };
  }

  #credentials(): Uint8Array {
    const user = Buffer.from(this.#proxy.username, "utf8");
    const password = Buffer.from(this.#proxy.password, "utf8");
    return Uint8Array.from([PASSWORD_VERSION, user.length, ...user, password.length, ...password]);
  }

  #request(): Uint8Array {
    const { hostname, port } = this.#target;
    return Uint8Array.from([VERSION, CONNECT, 0, ...addressOf(hostname), port >> 8, port & 0xff]);
  }
}

function addressOf(hostname: string): readonly number[] {
  const family = isIP(hostname);
  if (family === 4) return [ADDRESS.ipv4, ...hostname.split(".").map(Number)];
  if (family === 6) return [ADDRESS.ipv6, ...ipv6Bytes(hostname)];
  const name = Buffer.from(hostname, "latin1");
  return [ADDRESS.name, name.length, ...name];
}

/** The 16 bytes of an address that `isIP` accepted; a zone is of no use elsewhere. */
function ipv6Bytes(address: string): readonly number[] {
  const [plain = ""] = address.split("%");
  // An IPv4 address at the end stands for the last two groups.
  const text = plain.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    return `${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`;
  });
  const [head = "", tail] = text.split("::");
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<number>(zeros).fill(0), ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

function groups(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function addressLength(type: number, first: number): number | undefined {
  if (type === ADDRESS.ipv4) return 4;
  if (type === ADDRESS.ipv6) return 16;
  return type === ADDRESS.name ? 1 + first : undefined;
}

function failed(code: OutboundFault["code"], detail: string): HandshakeStep {
  return { kind: "failed", fault: { code, detail } };
}
