// What the balancer says of every key of a request's route, at once.
import type { Balancer } from "../../src/balancer/balancer.ts";
import type { Need } from "../../src/balancer/contract.ts";
import type { Explanation } from "../../src/balancer/explanation.ts";

export function explainAll(balancer: Balancer, need: Need, now: number): readonly Explanation[] {
  return [...balancer.explain(need, now).keys];
}
