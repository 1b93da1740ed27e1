// One client token, as the control API tells of it.
import type { OutputOf } from "../../admin/operation-table.ts";

export type TokenRow = OutputOf<"tokens.list">["tokens"][number];

/** What can be done with one that is stored. */
export type TokenAct = "rotate" | "revoke";
