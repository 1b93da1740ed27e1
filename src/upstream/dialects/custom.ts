// The custom dialect: bearer credentials, and every known error fact, since anything may stand behind a relay.
import type { Dialect } from "../dialect.ts";
import { ANTHROPIC_FACTS } from "./anthropic.ts";
import { AZURE_FACTS } from "./azure.ts";
import { GEMINI_FACTS } from "./gemini.ts";
import { BEARER, OPENAI_FACTS } from "./openai.ts";
import { VENDOR_FACTS } from "./vendors.ts";

/** A provider of unknown make, for example a relay in front of several others. */
export const custom: Dialect = {
  name: "custom",
  credential: () => BEARER,
  defaultHeaders: () => ({}),
  nativePrefixes: [],
  errors: [...VENDOR_FACTS, ...AZURE_FACTS, ...GEMINI_FACTS, ...ANTHROPIC_FACTS, ...OPENAI_FACTS],
  limits: { facts: [] },
};
