// What providers say of their limits: lies, nothing, or half of the truth.
import type { ProviderSpec, Scenario } from "../scenario.ts";
import type { LimitSpec } from "../upstream/limit.ts";
import { bucket, fixed, OVERLOADED, provider, scenario, TOLD, UNTOLD } from "./base.ts";

const DAY_MS = 86_400_000;
/** So that an even spread exceeds the limits of the small ones. */
const UNEQUAL: Partial<ProviderSpec> = { limits: [bucket(30)], sizes: [1, 3] };
const GROUPS: Partial<ProviderSpec> = { keys: 24, groupSize: 4, limits: [bucket(60)], sizes: [1, 3] };
const SLOTS: readonly LimitSpec[] = [{ form: "slots", limit: 3 }];
const LONG_STREAMS = { service: { medianMs: 20_000, spread: 0.4 }, streams: 1 } as const;
const PER_DAY: LimitSpec = { form: "fixed", unit: "requests", limit: 200, per: "day", zone: "America/Los_Angeles" };

export const HEADERS: readonly Scenario[] = [
  scenario({
    name: "late-headers",
    title: "Headers that were true when the call began",
    providers: [provider({ ...UNEQUAL, headers: "late" })],
    bounds: TOLD,
  }),
  scenario({
    name: "lying-high",
    title: "Lying headers, `remaining` too high",
    providers: [provider({ ...UNEQUAL, headers: "too-high" })],
    bounds: UNTOLD,
  }),
  scenario({
    name: "lying-zero",
    title: "Lying headers, `remaining` always 0",
    providers: [provider({ ...UNEQUAL, headers: "zero" })],
    bounds: UNTOLD,
  }),
  scenario({
    name: "no-headers",
    title: "No headers, Retry-After",
    providers: [provider({ ...UNEQUAL, headers: "none" })],
    bounds: UNTOLD,
  }),
  scenario({
    name: "silent",
    title: "No headers, no Retry-After",
    providers: [provider({ ...UNEQUAL, headers: "none", retryAfter: false })],
    bounds: UNTOLD,
  }),
  scenario({
    name: "silent-windows",
    title: "No headers, no Retry-After, fixed windows",
    providers: [provider({ ...UNEQUAL, headers: "none", retryAfter: false, limits: [fixed(30)] })],
    bounds: UNTOLD,
  }),
  scenario({
    name: "silent-overload",
    title: "No headers, no Retry-After, 150 % of capacity",
    providers: [provider({ headers: "none", retryAfter: false })],
    traffic: { load: { ofCapacity: 1.5 } },
    bounds: { ...UNTOLD, ...OVERLOADED },
  }),
  scenario({
    name: "hidden-groups",
    title: "Hidden quota groups of 4 keys, no headers",
    providers: [provider({ ...GROUPS, limits: [fixed(60)], headers: "none" })],
    bounds: { goodput: 0.98, refusalsPerKeyAndWindow: 1 },
  }),
  scenario({
    name: "hidden-groups-overload",
    title: "Hidden quota groups of 4 keys, no headers, 150 % of capacity",
    providers: [provider({ ...GROUPS, limits: [fixed(60)], headers: "none" })],
    traffic: { load: { ofCapacity: 1.5 } },
    bounds: { goodput: 0.95, refusalsPerKeyAndWindow: 1 },
  }),
  scenario({
    name: "unnamed-groups",
    title: "Quota groups of 4 keys, truthful headers without a name",
    providers: [provider(GROUPS)],
    bounds: { goodput: 0.98, refusalsPerKeyAndWindow: 1 },
  }),
  scenario({
    name: "named-groups",
    title: "Quota groups of 4 keys, named by `openai-organization`",
    providers: [provider({ ...GROUPS, namesGroup: true })],
    bounds: TOLD,
  }),
  scenario({
    name: "daily",
    title: "Limits of a day until midnight in California, 120 % of capacity, 10 days",
    providers: [provider({ keys: 10, limits: [bucket(60), PER_DAY] })],
    traffic: { load: { ofCapacity: 1.2 } },
    windowMs: DAY_MS,
    bounds: { ...TOLD, ...OVERLOADED },
  }),
  scenario({
    name: "stated",
    title: "No headers, limits stated by the operator",
    providers: [provider({ ...UNEQUAL, headers: "none", states: true })],
    bounds: TOLD,
  }),
  scenario({
    name: "long-streams",
    title: "Long streams on 3 slots for each key, not stated",
    providers: [provider({ keys: 10, limits: SLOTS, headers: "none" })],
    traffic: LONG_STREAMS,
    windows: 20,
    bounds: UNTOLD,
  }),
  scenario({
    name: "long-streams-stated",
    title: "Long streams on 3 slots for each key, stated by the operator",
    providers: [provider({ keys: 10, limits: SLOTS, headers: "none", states: true })],
    traffic: LONG_STREAMS,
    windows: 20,
    bounds: TOLD,
  }),
];
