// `keys.list`: all keys with their health, or a piece of them in some order.
import { z } from "zod";
import { KEY_STATES, keyRow, keyRows } from "../key-rows.ts";
import { KEY_SORTS } from "../key-sorts.ts";
import { call } from "../operation.ts";
import { keySelection } from "../select-keys.ts";

export const keysList = call({
  name: "keys.list",
  kind: "read",
  who: "admin",
  summary: "Lists keys with their state, why and until when, and how much they were used.",
  input: z.strictObject({
    ...keySelection,
    sort: z
      .enum(KEY_SORTS)
      .optional()
      .describe(
        "In the order of this field, those without it last; `state`: the healthy ones first; `success`: by the share of attempts that did not fail. Absent: in the order of the configuration.",
      ),
    descending: z.boolean().default(false).describe("The other way round; equal ones stay as they are configured."),
    offset: z.int().min(0).default(0).describe("So many of them are left out at the beginning."),
    limit: z.int().min(0).optional().describe("So many of them at most; absent: all."),
    ids_only: z.boolean().default(false).describe("Their ids in place of rows, for who means many of them."),
    order: z
      .string()
      .optional()
      .describe(
        "The `order` of an earlier answer to the same question: rows of that one, where it is still known, so that none changes its place while somebody scrolls.",
      ),
  }),
  output: z.object({
    keys: z.array(keyRow).describe("Those that were selected, as they fare now."),
    ids: z.array(z.string()).optional().describe("With `ids_only`: the ids of those that `keys` would have."),
    matched: z.int().describe("How many were selected, also beyond `limit`."),
    total: z.int().describe("How many keys there are, whatever was selected."),
    order: z
      .string()
      .optional()
      .describe(
        "Which order the rows are of; another one where keys may have changed their places. Absent where `keys` names them: such an order is not kept.",
      ),
    states: z
      .record(z.enum(KEY_STATES), z.int())
      .describe("How many keys are in each state, among those that all fields but `status` select."),
    providers: z
      .array(z.object({ provider: z.string().describe("The provider."), keys: z.int().describe("How many keys.") }))
      .describe("How many keys each provider has, among those that all fields but `provider` select."),
    store_fault: z.string().optional().describe("Why the key store cannot be opened: its keys are missing here."),
  }),
  async run({ offset, limit, ids_only, order: wanted, ...question }, ports) {
    const { fault } = ports.keys;
    const order = await ports.keyOrders.find(question, ports, wanted);
    const piece = order.keys.slice(offset, limit === undefined ? undefined : offset + limit);
    return {
      keys: ids_only ? [] : await keyRows(piece, ports),
      ...(ids_only && { ids: piece.map(({ key }) => key.id) }),
      matched: order.keys.length,
      total: order.total,
      ...(order.id !== undefined && { order: order.id }),
      states: order.states,
      providers: Array.from(order.providers, ([provider, keys]) => ({ provider, keys })),
      ...(fault !== undefined && { store_fault: fault }),
    };
  },
});
