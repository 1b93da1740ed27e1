// A program that writes batches to the database at its first argument, and says of each when it is written.
import { DatabaseThread } from "../../../src/storage/database-thread.ts";
import { batchOf, requestRow } from "./batches.ts";

const [path = "", first = "0"] = process.argv.slice(2);
const BATCH = 50;
const thread = new DatabaseThread();

for (let from = Number(first); ; from += BATCH) {
  const rows = Array.from({ length: BATCH }, (_, index) => requestRow(`req_${from + index}`, 1_000 + from + index));
  const fault = await thread.run({ kind: "records", path, batch: batchOf(rows) });
  process.stdout.write(fault === undefined ? `${from + BATCH}\n` : `fault: ${fault}\n`);
}
