// `service install`: writes the unit, and starts the daemon as a service.
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { SERVICE_FOLDER } from "../../config/data-folder.ts";
import { formatDiagnostic } from "../../config/diagnostic.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import type { StoredKeys } from "../../config/stored-key.ts";
import { replaceFile } from "../../core/atomic-file.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { setRights } from "../../core/file-rights.ts";
import { ioFault } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import type { CliContext } from "../cli-context.ts";
import { readConfig } from "../read-config.ts";
import { note, say } from "../say.ts";
import type { ServiceHost } from "./service-host.ts";
import { must, needRoot, type ScopeOption, type ServicePlace, servicePlace, UNIT } from "./service-place.ts";
import { type Credential, SERVICE_CONFIG_FOLDER, SERVICE_USER, type UnitFacts, unitText } from "./unit-text.ts";

export interface InstallOptions extends ScopeOption {
  readonly config?: string;
  readonly envFile?: string;
  readonly credential?: readonly string[];
}

/** Homes are hidden from the system service. */
const HIDDEN = /^\/(?:home|root|run\/user)(?:\/|$)/;
/** What systemd takes in no name of a program, however it is quoted. */
const NO_PROGRAM = /["'\\\p{Cc}]/u;
/** What was added by command is in a folder that is not opened here, and may be all that the configuration lacks. */
const UNKNOWN: StoredKeys = { keys: [], isComplete: false, hasTokens: true };
const CREDENTIAL = /^([A-Za-z0-9_.-]+)=(\/.+)$/;

/** Installing again brings the unit up to date and starts the daemon anew. @throws UserError. */
export async function serviceInstall(context: CliContext, options: InstallOptions): Promise<number> {
  const host = await context.serviceHost();
  const place = servicePlace(context, options, host);
  needRoot(place, host, "install");
  const facts = factsOf(context, options, place.scope, host);
  must(await place.systemctl("show-environment"), `reach ${managerOf(place)}`);
  if (place.scope === "system") await prepareSystem(facts, host);
  await writeUnit(place, unitText(facts));
  must(await place.systemctl("daemon-reload"), "load the unit");
  must(await place.systemctl("enable", UNIT), "let the service start with the machine");
  const startedAt = context.now();
  const started = await place.systemctl("restart", UNIT);
  if (started.code !== 0) return await notStarted(context, place, startedAt);
  say(context, options, `Installed ${place.path.slice(host.root.length)}; the daemon runs as a service`);
  say(context, options, ...nextSteps(place));
  return EXIT.ok;
}

function factsOf(
  context: CliContext,
  options: InstallOptions,
  scope: UnitFacts["scope"],
  host: ServiceHost,
): UnitFacts {
  const isOfMachine = scope === "system";
  const credentials = (options.credential ?? []).map(credentialOf);
  const program = programOf(scope, host);
  const config = isOfMachine ? systemConfig(context, options, host) : options.config;
  const read = isOfMachine ? { ...options, config: host.root + config } : options;
  const loaded = loadedConfig(seenBy(scope, context), read, credentials);
  return {
    scope,
    program,
    // A user's service starts in another folder, and may have other variables: what was found here is meant.
    config: isOfMachine ? config : loaded.file,
    envFile: options.envFile === undefined ? undefined : resolve(context.cwd, options.envFile),
    credentials,
    drainMs: loaded.config.server.drainTimeoutMs,
  };
}

/** @throws UserError for one that the service could not start. */
function programOf(scope: UnitFacts["scope"], { program }: ServiceHost): string {
  if (program === undefined) {
    throw new UserError(
      "Cannot install a service that runs from source: build the executable (npm run build) and let it do this",
      EXIT.failed,
    );
  }
  if (scope === "system" && HIDDEN.test(program)) {
    throw new UserError(
      `Cannot install ${program} as a service of the machine, which must not depend on a home: sudo install -m 755 ${program} /usr/local/bin/ first, and let that one do this`,
      EXIT.failed,
    );
  }
  if (NO_PROGRAM.test(program)) {
    throw new UserError(
      `Cannot install ${JSON.stringify(program)} as a service: systemd takes no quotes, backslashes and control characters in the path of a program`,
      EXIT.failed,
    );
  }
  return program;
}

/** In the service's own folder. @throws UserError where it is missing or elsewhere. */
function systemConfig({ cwd }: CliContext, { config }: InstallOptions, { root }: ServiceHost): string {
  const path = config === undefined ? join(SERVICE_CONFIG_FOLDER, "config.yaml") : resolve(cwd, config);
  if (dirname(path) !== SERVICE_CONFIG_FOLDER) {
    throw new UserError(
      `Cannot use ${path}: the config of the service stands in ${SERVICE_CONFIG_FOLDER}; sudo install -D -m 600 ${path} ${join(SERVICE_CONFIG_FOLDER, basename(path))} puts a copy there`,
      EXIT.failed,
    );
  }
  if (!existsSync(root + path)) {
    throw new UserError(
      `Cannot install the service: ${path} does not exist. sudo openai-balance init --config ${path} writes one`,
      EXIT.failed,
    );
  }
  return path;
}

/** @throws UserError for anything but `NAME=/path`. */
function credentialOf(word: string): Credential {
  const [, name = "", path = ""] = CREDENTIAL.exec(word) ?? [];
  if (name === "") {
    throw new UserError(
      "Cannot use --credential: expected NAME=/path/of/the/file, with letters, digits, dots, dashes and underscores in the name",
      EXIT.usage,
    );
  }
  if (!existsSync(path)) {
    throw new UserError(`Cannot hand over the credential ${name}: ${path} does not exist`, EXIT.failed);
  }
  return { name, path };
}

/** The machine's service gets none of the variables of who installs it, a user's own may have them. */
function seenBy(scope: UnitFacts["scope"], context: CliContext): CliContext {
  return scope === "system" ? { ...context, env: {} } : context;
}

/** As the service will read it. @throws UserError where it is wrong. */
function loadedConfig(context: CliContext, options: InstallOptions, credentials: readonly Credential[]): LoadedConfig {
  const folder = mkdtempSync(join(tmpdir(), "openai-balance-credentials-"));
  try {
    for (const { name, path } of credentials) symlinkSync(path, join(folder, name));
    const env = { ...context.env, CREDENTIALS_DIRECTORY: folder };
    const loaded = readConfig({ ...context, env }, options, { stored: UNKNOWN });
    if (loaded.ok) return loaded;
    const errors = loaded.diagnostics.filter(({ severity }) => severity === "error").map(formatDiagnostic);
    throw new UserError(
      ["Cannot install the service, its configuration is wrong:", ...errors].join("\n  "),
      EXIT.usage,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its own user, who owns its config folder and what is in it. */
async function prepareSystem({ config }: UnitFacts, { run, root }: ServiceHost): Promise<void> {
  const line = `u ${SERVICE_USER} - "openai-balance" ${SERVICE_FOLDER}`;
  must(await run("systemd-sysusers", "--inline", line), `make the user ${SERVICE_USER}`);
  const [uid, gid] = [await idOf("-u", run), await idOf("-g", run)];
  if (config === undefined) return;
  const folder = root + dirname(config);
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o700);
  try {
    setRights(root + config, { owner: { uid, gid }, mode: 0o600 });
  } catch (error: unknown) {
    // The service may write there: root must not be led to another file.
    throw new UserError(`Cannot give ${config} to ${SERVICE_USER}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
}

/** Of the user, or with `-g` of its group. @throws UserError where there is none. */
async function idOf(flag: "-u" | "-g", run: ServiceHost["run"]): Promise<number> {
  const answer = await run("id", flag, SERVICE_USER);
  must(answer, `find the user ${SERVICE_USER}`);
  return Number.parseInt(answer.stdout, 10);
}

/** @throws UserError when it cannot be written. */
async function writeUnit({ path }: ServicePlace, text: string): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true });
    await replaceFile(path, text, { mode: 0o644 });
    // The mask of who installs it must not hide it from systemctl.
    if ((statSync(path).mode & 0o777) !== 0o644) chmodSync(path, 0o644);
  } catch (error: unknown) {
    throw new UserError(`Cannot write ${path}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
}

async function notStarted(context: CliContext, place: ServicePlace, startedAt: number): Promise<number> {
  const lines = (await place.lastLines(startedAt)).map((line) => `  ${line}`);
  note(context, "The service is installed but does not start. Its log ends so:", ...lines);
  note(context, "Mend what it says, and run the same command again; openai-balance service uninstall takes it away");
  return EXIT.failed;
}

function managerOf({ scope }: ServicePlace): string {
  return scope === "system"
    ? "systemd"
    : "your service manager, which is there for whoever logged in, not for su and sudo";
}

function nextSteps({ scope }: ServicePlace): readonly string[] {
  if (scope === "system")
    return ["All commands act on it, as root: status, keys add, open and the others", `Log: journalctl -u ${UNIT}`];
  return [
    "All commands act on it: status, keys add, open and the others",
    `Log: journalctl --user-unit ${UNIT}`,
    "It ends when you log out, unless: loginctl enable-linger",
  ];
}
