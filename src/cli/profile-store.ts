// The saved profiles: daemons that commands can act on by name, and which of them is used.
import Conf from "conf";
import { z } from "zod";
import { userConfigFolder } from "../config/find-config-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext } from "./cli-context.ts";
import { hasProfiles, PROFILES_NAME, profileFile } from "./profile-file.ts";

const OWN_FILE = 0o600;

/** Where the admin token of a profile comes from; `sealed`: encrypted, with each master key that may open it. */
const tokenSchema = z.union([
  z.strictObject({ env: z.string() }),
  z.strictObject({ file: z.string() }),
  z.strictObject({ sealed: z.array(z.string()) }),
]);

const profileSchema = z.strictObject({ url: z.string(), token: tokenSchema });
const contentSchema = z.object({
  profiles: z.record(z.string(), profileSchema).default({}),
  /** The profile that is used where nothing else is named. */
  current: z.string().optional(),
});

export type Profile = z.output<typeof profileSchema>;
export type ProfileToken = z.output<typeof tokenSchema>;
export type ProfileContent = z.output<typeof contentSchema>;

/** What is saved. @throws UserError when the file cannot be read. */
export function readProfiles(context: CliContext): ProfileContent {
  if (!hasProfiles(context)) return { profiles: {} };
  const content = contentSchema.safeParse(attempt(context, "read", () => open(context).store));
  if (content.success) return content.data;
  throw new UserError(
    `Cannot use the profiles in ${profileFile(context)}: ${content.error.issues[0]?.path.join(".") ?? "the file"} is not as it should be`,
  );
}

/** Saves profiles, readable by their owner only. @throws UserError. */
export function writeProfiles(content: ProfileContent, context: CliContext): void {
  attempt(context, "write", () => {
    open(context).store = content;
  });
}

function open(context: CliContext): Conf<ProfileContent> {
  return new Conf<ProfileContent>({
    cwd: userConfigFolder(context),
    configName: PROFILES_NAME,
    configFileMode: OWN_FILE,
  });
}

function attempt<T>(context: CliContext, verb: string, run: () => T): T {
  try {
    return run();
  } catch (error: unknown) {
    const fault = error instanceof SyntaxError ? "it is no JSON" : ioFault(error);
    throw new UserError(`Cannot ${verb} the profiles in ${profileFile(context)}: ${fault}`, EXIT.failed, {
      cause: error,
    });
  }
}
