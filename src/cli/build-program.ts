// The commands, their options and help. The code of a command is loaded when it runs.
import { Command, Option } from "commander";
import { version } from "../../package.json";
import type { CliContext, GlobalOptions } from "./cli-context.ts";

type Options<T = object> = GlobalOptions & T;
type Run<T> = (context: CliContext, options: Options<T>) => number | Promise<number>;

const CONFIG_OPTION = ["-c, --config <file>", "the config file"] as const;
const ENV_FILE_OPTION = ["--env-file <file>", "a file with more variables, `NAME=value` lines"] as const;

/** The program; `done` gets the exit code of the command that ran. */
export function buildProgram(context: CliContext, done: (exitCode: number) => void): Command {
  const program = new Command("openai-balance")
    .description("Gives every request to the OpenAI API to the key most likely to answer it")
    .version(`openai-balance ${version}`, "-V, --version", "print the version")
    .option("--no-color", "print without colours")
    .option("-q, --quiet", "print only what matters")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
    })
    .addHelpText("after", example("OPENAI_API_KEY=... openai-balance serve"));
  const runs = <T>(load: () => Promise<Run<T>>) => {
    return async (_options: T, command: Command) => done(await (await load())(context, command.optsWithGlobals()));
  };
  addServe(program, runs);
  addInit(program, runs);
  addConfig(program, runs);
  program
    .command("version")
    .description("print the version")
    .option("--json", "print JSON")
    .addHelpText("after", example("openai-balance version --json"))
    .action((options: { readonly json?: boolean }) => {
      context.out.write(options.json ? `${JSON.stringify({ version })}\n` : `openai-balance ${version}\n`);
    });
  return program;
}

type Runs = <T>(load: () => Promise<Run<T>>) => (options: T, command: Command) => Promise<void>;

function addServe(program: Command, runs: Runs): void {
  program
    .command("serve")
    .description("run the daemon in the foreground")
    .option(...CONFIG_OPTION)
    .option(...ENV_FILE_OPTION)
    .option("--host <host>", "the address to listen on")
    .option("-p, --port <port>", "the port to listen on; 0 takes a free one")
    .addOption(
      new Option("--log-level <level>", "what is logged").choices(["debug", "info", "warn", "error", "silent"]),
    )
    .option("--demo", "serve pretended answers without any key; reads no config file")
    .addHelpText("after", example("openai-balance serve --port 8080 --log-level debug"))
    .action(runs(async () => (await import("./serve.ts")).serve));
}

function addInit(program: Command, runs: Runs): void {
  program
    .command("init")
    .description("write a commented config file with fresh tokens; never overwrites one")
    .option("-c, --config <file>", "where to write it", "config.yaml")
    .addHelpText("after", example("openai-balance init --config /etc/openai-balance/config.yaml"))
    .action(runs(async () => (await import("./init.ts")).init));
}

function addConfig(program: Command, runs: Runs): void {
  const config = program
    .command("config")
    .description("look at the configuration")
    .helpCommand(false)
    .addHelpText("after", example("openai-balance config check"));
  config
    .command("check")
    .description("say everything that is wrong with the configuration")
    .option(...CONFIG_OPTION)
    .option(...ENV_FILE_OPTION)
    .option("--json", "print JSON")
    .addHelpText("after", example("openai-balance config check --config config.yaml"))
    .action(runs(async () => (await import("./config-check.ts")).configCheck));
  config
    .command("show")
    .description("print the values in effect, secrets masked")
    .option(...CONFIG_OPTION)
    .option(...ENV_FILE_OPTION)
    .option("--origin", "say where each value comes from")
    .option("--json", "print JSON")
    .addHelpText("after", example("openai-balance config show --origin"))
    .action(runs(async () => (await import("./config-show.ts")).configShow));
  config
    .command("path")
    .description("print which config file is read")
    .option(...CONFIG_OPTION)
    .addHelpText("after", example("openai-balance config path"))
    .action(runs(async () => (await import("./config-path.ts")).configPath));
  config
    .command("schema")
    .description("print the JSON Schema of the config file, for editors")
    .addHelpText("after", example("openai-balance config schema > config.schema.json"))
    .action(runs(async () => (await import("./config-schema.ts")).configSchema));
}

function example(command: string): string {
  return `\nExample:\n  $ ${command}`;
}
