// How each command of the program can be run in a test: with which arguments, on what, and what comes of it.
import { EXIT } from "../../src/core/exit-codes.ts";
import { ANSWERS, NOW } from "./daemon-answers.ts";
import { type Answers, FakeDaemon } from "./fake-daemon.ts";
import { FakeTerminal, type FakeTerminalOptions, type Printed } from "./fake-terminal.ts";

export interface CommandCase {
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly exitCode?: number;
  /** What it prints: rows and sentences, or a text that must not be broken. */
  readonly prints?: "table" | "document" | "records";
  /** It says what it did, which `--quiet` turns off; it shows nothing. */
  readonly isSilentable?: boolean;
  readonly hasJson?: boolean;
  /** With `--json` a line each record. */
  readonly isStream?: boolean;
  /** It asks the fake daemon. */
  readonly isRemote?: boolean;
}

const CONFIG = `server: { port: 8000 }
auth: { client_tokens: [fake-client-token-0001] }
providers:
  - { name: openai, api_keys: [{ key: sk-fake-0123456789abcdef, name: "\\e[31mred" }] }
`;

const REMOTE = { hasJson: true, isRemote: true } as const;
const CHANGE = { ...REMOTE, isSilentable: true } as const;

/** By the words of the command. */
export const COMMANDS: Readonly<Record<string, CommandCase>> = {
  // It would go on running: what it prints then is in banner.test.ts and the end-to-end tests.
  serve: { args: ["--config", "wrong.yaml"], exitCode: EXIT.usage },
  init: { args: ["--config", "new.yaml"], isSilentable: true },
  import: { ...CHANGE, args: ["keys.txt"] },
  version: { hasJson: true },
  "keys list": { ...REMOTE },
  "keys add": { ...CHANGE, stdin: "sk-fake-0123456789abcdef\n" },
  "keys import": { ...CHANGE, args: ["keys.txt"] },
  "keys set": { ...CHANGE, args: ["team-a", "--weight", "2"], exitCode: EXIT.failed },
  "keys remove": { ...CHANGE, args: ["team-a", "--yes"], exitCode: EXIT.failed },
  "keys enable": { ...CHANGE, args: ["batch"] },
  "keys disable": { ...CHANGE, args: ["team-*"] },
  "keys reset": { ...CHANGE, args: ["--status", "invalid"] },
  "keys test": { ...REMOTE, exitCode: EXIT.unhealthy },
  "keys export": { isRemote: true, prints: "document" },
  "tokens list": { ...REMOTE },
  "tokens add": { ...REMOTE, args: ["--name", "ci"], prints: "document" },
  "tokens rotate": { ...REMOTE, args: ["ci"], prints: "document" },
  "tokens revoke": { ...CHANGE, args: ["ci", "--yes"] },
  health: { ...REMOTE, exitCode: EXIT.unhealthy },
  test: { ...REMOTE, exitCode: EXIT.unhealthy },
  models: { ...REMOTE },
  "providers list": { ...REMOTE },
  "providers reset": { ...CHANGE, args: ["deepseek"] },
  explain: { ...REMOTE, args: ["fast"] },
  "logs list": { ...REMOTE, isStream: true, prints: "records" },
  "logs export": { isRemote: true, prints: "document" },
  "logs clear": { ...CHANGE, args: ["--until", "30d", "--yes"] },
  "stats show": { ...REMOTE, args: ["--by", "provider"] },
  "stats attention": { ...REMOTE },
  status: { ...REMOTE },
  reload: { ...CHANGE },
  stop: { isRemote: true, isSilentable: true },
  "service install": { args: ["--user", "--config", "config.yaml"], isSilentable: true },
  "service uninstall": { args: ["--user"], isSilentable: true },
  "service status": { args: ["--user"], exitCode: EXIT.unreachable, hasJson: true },
  "webhooks list": { ...REMOTE },
  "webhooks test": { ...REMOTE, exitCode: EXIT.unhealthy },
  "proxies list": { ...REMOTE },
  "proxies test": { ...REMOTE, exitCode: EXIT.unhealthy },
  "proxies enable": { ...CHANGE, args: ["1f0a9c3d77be"] },
  "proxies disable": { ...CHANGE, args: ["http://proxy-1.example:3128"] },
  "proxies prune": { ...CHANGE, args: ["--yes"], exitCode: EXIT.failed },
  open: { ...REMOTE, prints: "document" },
  "sessions list": { ...REMOTE },
  "sessions revoke": { ...CHANGE, args: ["--all"] },
  "jobs list": { ...REMOTE },
  "jobs run": { ...CHANGE, args: ["recheck"] },
  "jobs start": { ...CHANGE, args: ["recheck"] },
  "jobs stop": { ...CHANGE, args: ["recheck"] },
  "master rotate": { ...CHANGE },
  // With a passphrase: in test/cli/backup/.
  backup: { args: ["new.backup", "--passphrase-file", "missing.txt"], exitCode: EXIT.failed, isSilentable: true },
  restore: { args: ["keys.txt"], exitCode: EXIT.failed, isSilentable: true },
  "config check": { args: ["--config", "config.yaml"], hasJson: true, isSilentable: true },
  "config show": { args: ["--config", "config.yaml", "--origin"], hasJson: true, prints: "document" },
  "config path": { args: ["--config", "config.yaml"], prints: "document" },
  "config schema": { prints: "document" },
  "config set": { ...CHANGE, args: ["server.port", "8080"] },
  "config unset": { ...CHANGE, args: ["server.port"] },
  "profile add": { args: ["stage", "https://stage.example", "--token-env", "STAGE_TOKEN"], isSilentable: true },
  "profile list": { hasJson: true },
  "profile remove": { args: ["prod"], isSilentable: true },
  "profile use": { args: ["prod"], isSilentable: true },
  completion: { args: ["bash"], prints: "document" },
};

export interface CaseOptions extends FakeTerminalOptions {
  readonly more?: readonly string[];
  readonly answers?: never;
  readonly daemon?: Answers;
}

/** Runs a command of the table in a folder where it finds what it needs. */
export async function runCase(name: string, options: CaseOptions = {}): Promise<Printed> {
  using terminal = new FakeTerminal();
  terminal.write("config.yaml", CONFIG);
  terminal.write("wrong.yaml", "server: { prot: 1 }\n");
  terminal.write("keys.txt", "sk-fake-0123456789abcdef\n");
  terminal.write("data/.keep", "");
  terminal.write("home/.config/systemd/user/openai-balance.service", "");
  await using _daemon = new FakeDaemon(terminal.path("data/daemon.sock"), options.daemon ?? ANSWERS);
  await terminal.run(["profile", "add", "prod", "https://gateway.example", "--token-env", "PROD_TOKEN"]);
  const { args = [], stdin, isRemote } = COMMANDS[name] ?? {};
  const target = isRemote ? ["--data-dir", "data"] : [];
  return await terminal.run([...name.split(" "), ...args, ...target, ...(options.more ?? [])], {
    now: () => NOW,
    ...options,
    ...(stdin !== undefined && { stdin }),
  });
}
