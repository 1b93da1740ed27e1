// What is left of a route after providers failed in a request.
import type { Candidate, Need, Tried } from "../../balancer/contract.ts";

/** Refusals that blame a key are rotated and cost nothing. */
export function isFault({ verdict }: Tried): boolean {
  return verdict.next !== "rotate";
}

/** The route without the providers of these candidates. */
export function routeWithout(route: Need["route"], tried: readonly { readonly candidate: Candidate }[]): Need["route"] {
  const known = new Set(tried.map(({ candidate }) => candidate.provider));
  return route.map((tier) => tier.filter(({ provider }) => !known.has(provider)));
}
