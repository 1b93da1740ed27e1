// Every scenario, in the order of the table.
import type { Scenario } from "../scenario.ts";
import { FAULTS } from "./faults.ts";
import { HEADERS } from "./headers.ts";
import { KEYS } from "./keys.ts";
import { LOAD } from "./load.ts";

export const SCENARIOS: readonly Scenario[] = [...LOAD, ...FAULTS, ...HEADERS, ...KEYS];
