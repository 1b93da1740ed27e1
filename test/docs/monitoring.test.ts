// What the page on monitoring says is true.
import { expect, test } from "bun:test";
import { parse } from "yaml";
import { poolFigures } from "../../src/balancer/pool-figures.ts";
import { METRICS } from "../../src/metrics/metric-table.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { blocks, codesIn, documentAt, rows, section } from "./documents.ts";

const PAGE = "docs/monitoring.md";

test("the table of metrics is that of the program", () => {
  const table = rows(section(PAGE, "Metrics")).filter(([name = ""]) => /^`(?:openai_balance|gen_ai)_/.test(name));
  expect(table).toEqual(
    Object.values(METRICS).map(({ name, labels, help }) => {
      return [`\`${name}\``, labels.map((label) => `\`${label}\``).join(", "), help];
    }),
  );
});

test("the states of keys are those of the program", async () => {
  const [figures] = await poolFigures([{ provider: "p", state: "up", until: undefined, openModels: [], keys: [] }], {
    now: 0,
  });
  const [, said = ""] = rows(section(PAGE, "Metrics")).find(([label]) => label === "`state`") ?? [];
  const [ofKeys = ""] = said.split(";");
  expect(codesIn(ofKeys).toSorted()).toEqual(Object.keys(figures?.keys ?? {}).sort());
});

test("the scrape config is let in", async () => {
  const [config = ""] = blocks("yml", documentAt(PAGE).text);
  const [job] = parse(config).scrape_configs;
  const token = fakeSecret("monitoring_admin");
  await using daemon = await startDaemon(JSON.stringify({ auth: { admin_token: token } }));
  const authorization = `${job.authorization.type} ${token}`;
  const answer = await daemon.ask(job.metrics_path, { headers: { authorization } });
  expect(answer.status).toBe(200);
  expect(job.job_name).toBe("openai-balance");
  for (const name of codesIn(section(PAGE, "Metrics")).filter((code) => /^(?:process|nodejs)_/.test(code)))
    expect(answer.text).toMatch(new RegExp(`^${name} `, "m"));
});
