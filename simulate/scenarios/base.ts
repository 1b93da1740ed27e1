// What scenarios have in common, so that each says only what it is about.
import type { ModelSpec, ProviderSpec, Scenario, Traffic } from "../scenario.ts";
import type { LimitSpec } from "../upstream/limit.ts";

export const MINUTE_MS = 60_000;

/** What the issue demands where the providers tell the truth about their limits, and where they do not. */
export const TOLD = { goodput: 0.98, wasted: 0.01 } as const;
export const UNTOLD = { goodput: 0.98, wasted: 0.05 } as const;
/** Above capacity. */
export const OVERLOADED = { goodput: 0.95 } as const;

const TRAFFIC: Traffic = {
  load: { ofCapacity: 0.7 },
  clients: 10,
  service: { medianMs: 1_000, spread: 0.5 },
  tokens: { input: [50, 450], output: [50, 450] },
  streams: 0,
};

const ONE_MODEL: readonly ModelSpec[] = [{ name: "m", route: [["a"]], share: 1 }];

/** Requests of a minute, from a bucket that refills all the time. */
export function bucket(limit: number): LimitSpec {
  return { form: "bucket", unit: "requests", limit, per: "minute" };
}

/** Requests of each minute of the clock. */
export function fixed(limit: number): LimitSpec {
  return { form: "fixed", unit: "requests", limit, per: "minute" };
}

/** Twenty keys that tell the truth, unless said otherwise. */
export function provider(fields: Partial<ProviderSpec> = {}): ProviderSpec {
  return { name: "a", keys: 20, limits: [bucket(60)], headers: "truthful", retryAfter: true, ...fields };
}

type Fields = Pick<Scenario, "name" | "title" | "bounds"> &
  Partial<Omit<Scenario, "traffic">> & { readonly traffic?: Partial<Traffic> };

/** Ten minutes at 70 % of the capacity of one provider, with the default queue, unless said otherwise. */
export function scenario({ traffic, ...fields }: Fields): Scenario {
  return {
    providers: [provider()],
    models: ONE_MODEL,
    windows: 10,
    windowMs: MINUTE_MS,
    queue: { maxWaitMs: 30_000, maxSize: 1_000 },
    strategy: "balanced",
    ...fields,
    traffic: { ...TRAFFIC, ...traffic },
  };
}
