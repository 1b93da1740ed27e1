// A connection through an outbound proxy, until bytes for the target may be sent on it.
import { lookup } from "node:dns";
import { isIP, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Handshake, TunnelTarget } from "../outbound/handshake.ts";
import { HttpConnect } from "../outbound/http-connect.ts";
import { type OutboundFault, TARGET_UNREACHABLE } from "../outbound/outbound-fault.ts";
import { Socks5Connect } from "../outbound/socks5-connect.ts";
import { codedError, KEEPALIVE_DELAY_MS, openSocket } from "./open-socket.ts";
import type { OutboundWay, TellWay } from "./outbound-way.ts";

interface TunnelEvents {
  onOpen(socket: Socket | TLSSocket): void;
  onFailed(error: NodeJS.ErrnoException): void;
}

/** `open`: what happens from then on concerns the target. */
type Phase = "resolve" | "connect" | "handshake" | "open" | "over";

/** Calls exactly one of its events, never before the constructor returned; none after `cancel`. */
export class Tunnel {
  readonly #way: OutboundWay;
  readonly #events: TunnelEvents;
  readonly #tell: TellWay | undefined;
  #phase: Phase = "resolve";
  #socket: Socket | TLSSocket | undefined;
  #handshake: Handshake | undefined;
  readonly #onData = (bytes: Buffer): void => this.#take(bytes);
  readonly #onError = (error: NodeJS.ErrnoException): void => this.#onLost(error.code ?? error.name);
  readonly #onClose = (): void => this.#onLost("closed");

  constructor(way: OutboundWay, target: TunnelTarget, events: TunnelEvents) {
    this.#way = way;
    this.#events = events;
    this.#tell = way.begin?.();
    if (way.proxy.scheme !== "socks5" || isIP(target.hostname) !== 0) this.#connect(target);
    else this.#resolve(target);
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#socket?.destroy();
  }

  /** What it leads to can be used, so it does carry bytes: a proxy that opens tunnels and swallows all is no good. */
  noteUsable(): void {
    if (this.#phase === "open") this.#tell?.(undefined);
  }

  /** Its time is over; false where that is not the proxy's fault. */
  giveUp(): boolean {
    if (this.#phase === "connect") this.#fail({ code: "PROXY_UNREACHABLE", detail: "CONNECT_TIMEOUT" });
    else if (this.#phase === "handshake") this.#fail({ code: "PROXY_TIMEOUT", detail: "no answer" });
    else return false;
    return true;
  }

  /** `socks5`: the proxy is given an address. */
  #resolve(target: TunnelTarget): void {
    lookup(target.hostname, { all: true }, (error, addresses) => {
      if (this.#phase !== "resolve") return;
      // A proxy without IPv6 is more common than a provider without IPv4.
      const found = addresses?.find(({ family }) => family === 4) ?? addresses?.[0];
      if (error === null && found !== undefined) this.#connect({ ...target, hostname: found.address });
      else this.#failFor(codedError(error?.code ?? "ENOTFOUND", "The name of the target cannot be resolved"));
    });
  }

  #connect(target: TunnelTarget): void {
    const { proxy, secureContext } = this.#way;
    const { scheme, hostname, port } = proxy;
    const isTls = scheme === "https";
    this.#phase = "connect";
    this.#handshake = scheme === "http" || isTls ? new HttpConnect(proxy, target) : new Socks5Connect(proxy, target);
    const socket = openSocket({ hostname, port, isTls, alpn: ["http/1.1"], secureContext });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_DELAY_MS);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
    socket.once(isTls ? "secureConnect" : "connect", () => {
      if (this.#phase !== "connect" || this.#handshake === undefined) return;
      this.#phase = "handshake";
      socket.on("data", this.#onData);
      socket.on("end", this.#onClose);
      socket.write(this.#handshake.start());
    });
  }

  #take(bytes: Buffer): void {
    if (this.#phase !== "handshake" || this.#handshake === undefined) return;
    const step = this.#handshake.push(bytes);
    if (step.kind === "failed") this.#fail(step.fault);
    else if (step.kind === "more") {
      if (step.send !== undefined) this.#socket?.write(step.send);
      // No target speaks before it was spoken to.
    } else if (step.rest.length > 0) this.#fail({ code: "PROXY_BAD_ANSWER", detail: "more than its answer" });
    else this.#open();
  }

  #open(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#phase = "open";
    // Not paused: below TLS that would hold up the handshake, and nothing comes before the next owner has spoken.
    socket.off("data", this.#onData);
    socket.off("end", this.#onClose);
    socket.off("close", this.#onClose);
    // The listener for errors stays, since nobody else may listen to the socket below TLS.
    this.#events.onOpen(socket);
  }

  #onLost(reason: string): void {
    if (this.#phase === "connect") this.#fail({ code: "PROXY_UNREACHABLE", detail: reason });
    else if (this.#phase === "handshake") this.#fail({ code: "PROXY_BAD_ANSWER", detail: "it hung up" });
  }

  #fail(fault: OutboundFault): void {
    if (fault.code !== TARGET_UNREACHABLE) this.#tell?.(fault);
    this.#failFor(codedError(fault.code, fault.detail));
  }

  #failFor(error: NodeJS.ErrnoException): void {
    this.cancel();
    this.#events.onFailed(error);
  }
}
