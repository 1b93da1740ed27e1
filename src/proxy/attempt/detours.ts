// Which keys one client request leaves aside because the outbound proxies in front of them carry nothing.
import type { Tried } from "../../balancer/contract.ts";
import type { OutboundConfig } from "../../config/outbound-proxy.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Provider, UpstreamKey } from "../../upstream/provider.ts";

/** Most requests have none. */
const NONE: readonly OutboundConfig[] = [];

/**
 * A key whose proxies are all out is asked only where nothing else can serve. Proxies that failed in this request are
 * not tried again for it through another key while another way is left.
 */
export class Detours {
  #failed: readonly OutboundConfig[] = NONE;
  #avoidsCutOff = true;
  #hasAvoided = false;
  #mayForgive = true;

  /** Whether the request may use the key now; false for one that the provider does not have. */
  allows(provider: Provider | undefined, keyId: string): boolean {
    const key = provider?.keys.get(keyId);
    if (provider === undefined || key?.outbound === undefined) return key !== undefined;
    const { config } = key.outbound;
    if (this.#failed.includes(config)) return false;
    if (!this.#avoidsCutOff || provider.transport.isCutOff?.(config) !== true) return true;
    this.#hasAvoided = true;
    return false;
  }

  /** Lets the keys in that were avoided, once; false where there was none. */
  lift(): boolean {
    if (!this.#avoidsCutOff || !this.#hasAvoided) return false;
    this.#avoidsCutOff = false;
    return true;
  }

  /** Lets the keys in again whose proxies failed, once, like what fails on its only way; false where there is none. */
  forgive(tried: Tried[]): boolean {
    if (!this.#mayForgive || this.#failed.length === 0) return false;
    this.#mayForgive = false;
    this.#failed = NONE;
    for (const [index, { candidate, verdict }] of tried.entries()) {
      if (verdict.blame === "proxy") tried[index] = { candidate, verdict: { ...verdict, next: "other-provider" } };
    }
    return true;
  }

  /** Where no proxy of the key carried the call, whoever has another way is asked at once, as after a refused key. */
  judge(verdict: Verdict, { outbound }: UpstreamKey, hasOther: () => boolean): Verdict {
    if (verdict.blame !== "proxy" || outbound === undefined) return verdict;
    const before = this.#failed;
    this.#failed = [...before, outbound.config];
    if (hasOther() || (this.lift() && hasOther())) return { ...verdict, next: "rotate" };
    // The only way: it may be tried again after a pause.
    this.#failed = before;
    return verdict;
  }
}
