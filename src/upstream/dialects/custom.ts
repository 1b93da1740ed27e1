// The custom dialect: bearer credentials, Google's paths beside OpenAI's, and every known error fact, since anything may stand
// behind a relay.
import type { Dialect } from "../dialect.ts";
import { ANTHROPIC_FACTS } from "./anthropic.ts";
import { AZURE_FACTS } from "./azure.ts";
import { GEMINI_FACTS, GEMINI_KEY, GEMINI_PREFIXES } from "./gemini.ts";
import { BEARER, OPENAI_FACTS } from "./openai.ts";
import { VENDOR_FACTS } from "./vendors.ts";

/** A provider of unknown make, for example a relay in front of several others. */
export const custom: Dialect = {
  name: "custom",
  // What the libraries of each vendor send is what a relay of its API must take.
  credential: (native) => (native ? GEMINI_KEY : BEARER),
  defaultHeaders: () => ({}),
  nativePrefixes: GEMINI_PREFIXES,
  nativeVendor: "gemini",
  errors: [...VENDOR_FACTS, ...AZURE_FACTS, ...GEMINI_FACTS, ...ANTHROPIC_FACTS, ...OPENAI_FACTS],
  limits: { facts: [] },
};
