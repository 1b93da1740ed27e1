// `config.set` and `master.rotate`: what only the daemon's own user may change.
import { z } from "zod";
import { formatDiagnostic } from "../../config/diagnostic.ts";
import { UserError } from "../../core/user-error.ts";
import { call } from "../operation.ts";

export const configSet = call({
  name: "config.set",
  kind: "change",
  who: "owner",
  summary: "Changes one value of the config file; comments stay, and nothing is written unless the result is valid.",
  input: z.strictObject({
    path: z.string().min(1).describe("Such as `server.port` or `providers.openai.max_retries`."),
    value: z.string().optional().describe("As it would be written in the file; absent: the field is removed."),
  }),
  output: z.object({
    file: z.string().describe("The config file."),
    path: z.string().describe("The field that was meant."),
    changed: z.boolean().describe("False where the value was so already."),
    secret: z.boolean().describe("It holds a credential."),
    needs_restart: z.boolean().describe("A running daemon heeds it only after a restart."),
    warnings: z.array(z.string()).describe("What is to be warned of that was not before."),
  }),
  async run({ path, value }, ports) {
    const edit = value === undefined ? ({ path, remove: true } as const) : { path, value };
    const change = await ports.settings.set(edit);
    return {
      file: change.file,
      path: change.path,
      changed: change.isChanged,
      secret: change.isSecret,
      needs_restart: change.needsRestart,
      warnings: change.warnings.map(formatDiagnostic),
    };
  },
});

export const masterRotate = call({
  name: "master.rotate",
  kind: "change",
  who: "owner",
  summary: "Encrypts the key store with another master key.",
  input: z.strictObject({
    key: z
      .string()
      .optional()
      .describe(
        "The new master key; needed where `OPENAI_BALANCE_MASTER_KEY` holds the old one, made anew by default.",
      ),
  }),
  output: z.object({
    before: z.string().describe("The id of the old master key."),
    after: z.string().describe("The id of the new one."),
    file: z.boolean().describe("Whether the new key is in a file; else whoever sets the variable must set it anew."),
  }),
  async run({ key }, ports) {
    const { keys } = ports;
    if (keys.isMasterGiven && key === undefined) {
      throw new UserError(
        "The master key stands in OPENAI_BALANCE_MASTER_KEY: give the new one on standard input, as `openssl rand -base64 32` makes it",
      );
    }
    return { ...(await keys.rotate(key)), file: !keys.isMasterGiven };
  },
});
