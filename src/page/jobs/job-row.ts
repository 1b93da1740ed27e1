// One job, as the control API tells of it.
import type { OutputOf } from "../../admin/operation-table.ts";

export type JobRow = OutputOf<"jobs.list">["jobs"][number];

export interface JobProps {
  readonly job: JobRow;
  readonly onChanged: () => void;
}
