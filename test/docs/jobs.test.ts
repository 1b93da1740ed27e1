// The page on operation shows jobs as the commands print them.
import { expect, test } from "bun:test";
import { FakeTerminal } from "../cli/fake-terminal.ts";
import { withDaemon } from "../cli/with-daemon.ts";
import { blocks, section } from "./documents.ts";

const SHOWN = blocks("text", section("docs/operation.md", "Jobs"));

test.each([[["jobs"]], [["jobs", "run", "recheck"]]])("%j prints a text of the page", async (args) => {
  await using place = withDaemon();
  const { out } = await place.run(args);
  expect(SHOWN).toContain(out);
});

test("every job is named", async () => {
  using terminal = new FakeTerminal();
  const { out } = await terminal.run(["jobs", "--json", "--data-dir", "data"]);
  const { jobs } = JSON.parse(out) as { jobs: { name: string }[] };
  const text = section("docs/operation.md", "Jobs");
  expect(jobs.filter(({ name }) => !text.includes(`\`${name}\``))).toEqual([]);
});
