// The way that the documents show, walked with the real program: every printed text is what the program prints.
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { unauthorized } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";
import { DOCUMENTS } from "./documents.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [FIRST, ALIVE, DEAD, SPARE] = ["live-key-0000000000aaaa", "live-key-0000000000cccc"]
  .concat("dead-key-0000000000bbbb", "live-key-0000000000dddd")
  .map((name) => `sk-fake-${name}`) as [string, string, string, string];
/** What a terminal gets besides text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /\x1b\[[0-9;?]*[a-zA-Z]/g;

/** What the documents say that a command prints. */
function shown(command: string): string {
  const block = `\n${command}\n\`\`\`\n`;
  const { text: document } = DOCUMENTS.find(({ text }) => text.includes(block)) ?? {};
  if (document === undefined) throw new Error(`No document shows ${command}`);
  const [, text = ""] = /\n```text\n(.*?)^```$/ms.exec(document.slice(document.indexOf(block))) ?? [];
  return withoutTimes(text);
}

/** Times differ from run to run, and with their digits the width of their columns. */
function withoutTimes(text: string): string {
  const withoutDigits = text.replaceAll(/\d+ ms/g, "N ms").replaceAll(/\b9m5\ds\b/g, "10m  ");
  return withoutDigits.includes("N ms") ? withoutDigits.replaceAll(/ {2,}/g, "  ") : withoutDigits;
}

/** What a command prints in a terminal of 100 columns. */
async function printed(home: Home, command: string): Promise<string> {
  const [, ...args] = command.split(" ");
  const terminal = home.startInTerminal(args, { columns: 100, env: { NO_COLOR: "1" } });
  await terminal.exited;
  const text = terminal.text().replaceAll("\r\n", "\n");
  // A spinner draws its line anew.
  const lines = text
    .slice(text.lastIndexOf("\x1b[0K") + 1)
    .replaceAll(CONTROL, "")
    .replace(/^\[0K/, "");
  return withoutTimes(lines);
}

test("every command of the way prints what the documents show", async () => {
  await using upstream = startUpstream({ otherwise: openai, keys: { [DEAD]: unauthorized } });
  await using home = await newHome();
  // Only so that the real providers are not called.
  const providers = ["openai", "deepseek"].map((name) => ({ name, base_url: upstream.url }));
  await home.configure({ providers });
  await home.addKeys([FIRST]);
  const daemon = await home.serve();
  writeFileSync(join(home.path, "deepseek.txt"), [ALIVE, DEAD, SPARE].join("\n"));
  const commands = [
    "openai-balance keys import deepseek.txt --provider deepseek",
    "openai-balance keys list",
    "openai-balance explain /deepseek/v1/chat/completions --model deepseek-chat",
    "openai-balance health",
    "openai-balance test",
  ];
  for (const [index, command] of commands.entries()) {
    expect(await printed(home, command)).toBe(shown(command));
    if (index > 0) continue;
    for (let request = 0; request < 6; request++) {
      const answer = await daemon.ask("/deepseek/v1/chat/completions", chat({ model: "deepseek-chat" }));
      expect(answer.status).toBe(200);
    }
  }
});
