// One key as the daemon tells of it.
import type { OutputOf } from "../../admin/operation-table.ts";

export type KeyRow = OutputOf<"keys.list">["keys"][number];
