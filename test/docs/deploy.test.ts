// The pages on installing and deploying show the files that are tried, and the unit that is written.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RELEASE_TARGETS } from "../../scripts/release-targets.ts";
import { unitText } from "../../src/cli/service/unit-text.ts";
import { blocks, documentAt, ROOT, rows, section } from "./documents.ts";

const { text: INSTALL } = documentAt("docs/install.md");
const { text: DEPLOY } = documentAt("docs/deploy.md");

test.each([
  ["nginx", "deploy/nginx.conf"],
  ["caddyfile", "deploy/Caddyfile"],
])("the %s file that is shown is the one that is tried", (language, path) => {
  expect(blocks(language, DEPLOY)).toEqual([readFileSync(join(ROOT, path), "utf8")]);
});

test("install.sh has the options that are listed, and every build is named", () => {
  const script = readFileSync(join(ROOT, "install.sh"), "utf8");
  const options = rows(section("docs/install.md", "By one line")).map(([cell = ""]) => cell.replaceAll("`", ""));
  expect(options.length).toBe(3);
  for (const option of options) expect(script).toContain(`\n  ${option} `);
  for (const { name } of RELEASE_TARGETS) expect(INSTALL).toContain(`\`${name}\``);
});

test.skipIf(Bun.which("sed") === null)("the second unit differs by its port and its folder", () => {
  const unit = unitText({
    scope: "system",
    program: "/usr/local/bin/openai-balance",
    config: "/etc/openai-balance/config.yaml",
    envFile: undefined,
    credentials: [],
    drainMs: 30_000,
  });
  const line = /^sed (.*?) openai-balance\.service \| /m.exec(section("docs/deploy.md", "Restarts without loss"))?.[1];
  const { stdout } = Bun.spawnSync(["sh", "-c", `sed ${line}`], { stdin: Buffer.from(unit) });
  const before = unit.split("\n");
  const changed = stdout
    .toString()
    .split("\n")
    .filter((each) => !before.includes(each));
  expect(changed).toEqual([
    "ExecStart=/usr/local/bin/openai-balance serve --port 8001 --config /etc/openai-balance/config.yaml",
    "StateDirectory=openai-balance-2",
    "Environment=OPENAI_BALANCE_DATA_DIR=%S/openai-balance-2",
  ]);
});
