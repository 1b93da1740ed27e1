// The keys that an operator wants to change, and how an answer names them.
import { z } from "zod";
import { sourceText } from "../config/source.ts";
import { UserError } from "../core/user-error.ts";
import { keyRow } from "./key-rows.ts";
import { allKnownKeys, type KnownKey } from "./known-keys.ts";
import type { ControlPorts } from "./ports.ts";
import { type KeySelection, keySelection, saysNothing, selectKeys } from "./select-keys.ts";

/** The fields by which operations select keys that they change. */
export const changeSelection = {
  ...keySelection,
  all: z.boolean().default(false).describe("Every key; without it, nothing at all means none."),
};

export const namedKey = keyRow.pick({ id: true, name: true, provider: true, source: true });

export type NamedKey = z.output<typeof namedKey>;

export function nameOf({ provider, key: { id, name, source } }: KnownKey): NamedKey {
  return { id, name, provider, source: sourceText(source) };
}

/** @throws UserError where nothing says which keys are meant: an empty wish must not mean all of them. */
export async function meantKeys(
  { all, ...selection }: KeySelection & { readonly all: boolean },
  ports: ControlPorts,
): Promise<readonly KnownKey[]> {
  if (all !== saysNothing(selection)) {
    throw new UserError(
      all
        ? "Cannot tell which keys are meant: `all` stands beside what chooses some of them"
        : "Which keys? Name them by id, name or pattern, or all of a provider or a status",
    );
  }
  return selectKeys(await allKnownKeys(ports), selection, ports);
}
