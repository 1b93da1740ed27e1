// One outbound proxy, as the control API tells of it.
import type { OutputOf } from "../../admin/operation-table.ts";

export type ProxyRow = OutputOf<"proxies.list">["proxies"][number];

/** What can be done with one. */
export interface ProxyProps {
  readonly proxy: ProxyRow;
  /** All others are disabled. */
  readonly isLast: boolean;
  readonly isTesting: boolean;
  readonly onTest: () => void;
  readonly onChanged: () => void;
}
