// The fields that `config set` takes, from the schema.
import { z } from "zod";
import { OWN_VARIABLES } from "../../config/own-variables.ts";
import { providerSchema } from "../../config/provider-schema.ts";
import type { Candidate } from "./completion-of.ts";

/** A name that needs no quotes in a path. */
const PLAIN = /^[\w-]+$/;

/** Every field outside lists and maps of one's own, then those of each provider. */
export function settableFields(providers: readonly string[]): readonly Candidate[] {
  const top = OWN_VARIABLES.map(({ path, schema }) => ({ value: path.join("."), description: descriptionOf(schema) }));
  const each = providers.filter((name) => PLAIN.test(name)).flatMap(fieldsOfProvider);
  return [...top, ...each];
}

function fieldsOfProvider(provider: string): readonly Candidate[] {
  return Object.entries(providerSchema.shape)
    .filter(([name]) => name !== "name")
    .map(([name, schema]) => ({ value: `providers.${provider}.${name}`, description: descriptionOf(schema) }));
}

/** The first sentence of it. */
function descriptionOf(schema: z.core.$ZodType): string {
  const { description = "" } = z.globalRegistry.get(schema) ?? {};
  return /^.*?(?=\.(?:\s|$)|$)/s.exec(description)?.[0] ?? "";
}
