// Asks one outbound proxy whether it works: by a request through it, or by a tunnel to a provider that carries nothing.
import type { OutboundHealthConfig, OutboundProxy } from "../config/outbound-proxy.ts";
import type { TunnelTarget } from "../outbound/handshake.ts";
import { isProxyFault, type OutboundFault, TARGET_UNREACHABLE } from "../outbound/outbound-fault.ts";
import type { Transport, TransportCall } from "../upstream/transport.ts";
import { dial } from "../upstream/transport-dial.ts";
import { createUndiciTransport } from "../upstream/undici-transport.ts";

/** Statuses by which whoever is asked shows that the way to it works. */
const GOOD_STATUSES: ReadonlySet<number> = new Set([200, 204, 301, 302, 307, 308]);

/** What a proxy is asked, and for how long. */
export interface ProxyQuestion extends Pick<OutboundHealthConfig, "checkUrl" | "timeoutMs"> {
  /** Where the tunnel leads where there is no URL to ask for. */
  readonly target: TunnelTarget;
  readonly signal: AbortSignal;
}

/** What is wrong with the proxy; undefined where it works. Never rejects; after an abort the answer says nothing. */
export function checkProxy(proxy: OutboundProxy, question: ProxyQuestion): Promise<OutboundFault | undefined> {
  const { checkUrl } = question;
  return checkUrl === undefined ? openTunnel(proxy, question) : askFor(checkUrl, proxy, question);
}

function openTunnel(proxy: OutboundProxy, { target, timeoutMs, signal }: ProxyQuestion) {
  return new Promise<OutboundFault | undefined>((resolve) => {
    const way = { ...target, isTls: false, alpn: [], connectMs: timeoutMs, secureContext: undefined, via: { proxy } };
    const cancel = dial(way, (result) => {
      signal.removeEventListener("abort", cancel);
      if (result.ok) result.socket.destroy();
      resolve(result.ok ? undefined : faultOfTunnel(result.error.code ?? result.error.name, result.error.message));
    });
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
  });
}

async function askFor(url: string, proxy: OutboundProxy, { timeoutMs, signal }: ProxyQuestion) {
  let met: OutboundFault | undefined;
  const begin = () => (fault: OutboundFault | undefined) => {
    met = fault;
  };
  const transport = createUndiciTransport({ via: { proxy, begin } });
  const { origin, pathname, search } = new URL(url);
  const headers = ["user-agent", "openai-balance", "accept", "*/*"];
  const call = { origin, path: pathname + search, method: "HEAD", headers, body: null, connectMs: timeoutMs };
  try {
    const fault = await ended(transport, call, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    // The tunnel knows more of its own faults.
    return fault && (met ?? fault);
  } finally {
    // It has ended, or was aborted.
    transport.close().catch(() => {});
  }
}

function ended(transport: Transport, call: TransportCall, signal: AbortSignal): Promise<OutboundFault | undefined> {
  return new Promise((resolve) => {
    let status: number | undefined;
    const exchange = transport.start(call, {
      onHead: (received) => {
        status = received;
      },
      onData: () => {},
      onEnd: (end) => {
        signal.removeEventListener("abort", onAbort);
        if (status !== undefined) resolve(faultOfStatus(status));
        else if (end.kind === "complete") resolve({ code: "PROXY_BAD_ANSWER", detail: "no answer to the check" });
        else if (end.kind === "aborted") resolve({ code: "PROXY_TIMEOUT", detail: "no answer to the check" });
        else resolve(faultOf(end.cause, "the check was not answered"));
      },
    });
    const onAbort = (): void => exchange.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function faultOfStatus(status: number): OutboundFault | undefined {
  if (GOOD_STATUSES.has(status)) return undefined;
  return { code: "PROXY_REFUSED", detail: `the check was answered with status ${status}` };
}

/** A provider that is out, or has no such name, is not the fault of who says so. */
function faultOfTunnel(code: string, detail: string): OutboundFault {
  if (isProxyFault(code)) return { code, detail };
  return { code: TARGET_UNREACHABLE, detail: code === TARGET_UNREACHABLE ? detail : `${code}: ${detail}` };
}

/** What it says of its target is its fault here: the operator chose what it has to reach. */
function faultOf(cause: string, detail: string): OutboundFault {
  return isProxyFault(cause) ? { code: cause, detail } : { code: "PROXY_REFUSED", detail: `${cause}: ${detail}` };
}
