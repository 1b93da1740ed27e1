// `completion`: prints the script that lets a shell complete command lines.
import { EXIT } from "../../core/exit-codes.ts";
import type { CliContext, GlobalOptions } from "../cli-context.ts";
import { note } from "../say.ts";
import { SCRIPTS } from "./shell-scripts.ts";
import type { Shell } from "./typed-word.ts";

/** The line that makes a shell read the script, and the file that it belongs into. */
const USE: Readonly<Record<Shell, { readonly file: string; readonly line: string }>> = {
  bash: { file: "~/.bashrc", line: "source <(openai-balance completion bash)" },
  zsh: { file: "~/.zshrc, behind compinit", line: "source <(openai-balance completion zsh)" },
  fish: { file: "~/.config/fish/config.fish", line: "openai-balance completion fish | source" },
};

/** On a terminal it also says where the script belongs. */
export function printScript(context: CliContext, shell: Shell, { quiet }: GlobalOptions): number {
  context.out.write(SCRIPTS[shell]);
  const { file, line } = USE[shell];
  if (context.out.isTerminal && !quiet) note(context, `${shell} reads it with this line in ${file}:`, `  ${line}`);
  return EXIT.ok;
}
