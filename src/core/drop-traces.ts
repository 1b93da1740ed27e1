// Variables of the environment by which packages print what they read.

/** The package yaml prints each piece of what it parses, the secrets of a config file too, where one of them is set. */
const TRACES = ["LOG_STREAM", "LOG_TOKENS"];

/** Takes them out of an environment, which is changed. */
export function dropTraces(env: NodeJS.ProcessEnv): void {
  for (const name of TRACES) delete env[name];
}
