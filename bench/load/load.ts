// The load, a process of its own: `load.ts JOB` runs one job and prints its result as JSON.
import type { LoadJob } from "./job.ts";
import { loadJson } from "./json-load.ts";
import { loadStreams } from "./stream-load.ts";

const job: LoadJob = JSON.parse(process.argv[2] ?? "");
const result = job.kind === "json" ? await loadJson(job) : await loadStreams(job);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
