// `keys.list`: all keys with their health.
import { z } from "zod";
import { type KeyRow, keyRow, keyRows } from "../key-rows.ts";
import { knownKeys } from "../known-keys.ts";
import { call } from "../operation.ts";
import { keySelection, selectKeys } from "../select-keys.ts";

export const keysList = call({
  name: "keys.list",
  kind: "read",
  who: "admin",
  summary: "Lists keys with their state, why and until when, and how much they were used.",
  input: z.strictObject({
    ...keySelection,
    search: z.string().optional().describe("Only keys whose name, id, provider or reason has this text, in any case."),
  }),
  output: z.object({
    keys: z.array(keyRow).describe("Those that were selected, in the order of the configuration."),
    total: z.int().describe("How many keys there are, whatever was selected."),
    store_fault: z.string().optional().describe("Why the key store cannot be opened: its keys are missing here."),
  }),
  async run({ search, status, ...selection }, ports) {
    const all = knownKeys(ports);
    const { fault } = ports.keys;
    const text = search?.toLowerCase();
    // Asked of the rows, which are made in slices.
    const isMeant = (row: KeyRow) =>
      (status === undefined || row.state === status) && (text === undefined || searchedText(row).includes(text));
    const keys = await keyRows(selectKeys(all, selection, ports), ports, isMeant);
    return { keys, total: all.length, ...(fault !== undefined && { store_fault: fault }) };
  },
});

function searchedText({ name, id, provider, reason, message }: KeyRow): string {
  return [name, id, provider, reason, message].join("\n").toLowerCase();
}
