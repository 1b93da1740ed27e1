// `service install`: writes the unit, and starts the daemon as a service.
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { formatDiagnostic } from "../../config/diagnostic.ts";
import { replaceFile } from "../../core/atomic-file.ts";
import { EXIT } from "../../core/exit-codes.ts";
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
const CREDENTIAL = /^([A-Za-z0-9_.-]+)=(\/.+)$/;

/** Installing again brings the unit up to date and starts the daemon anew. @throws UserError; nothing is left behind then. */
export async function serviceInstall(context: CliContext, options: InstallOptions): Promise<number> {
  const host = await context.serviceHost();
  const place = servicePlace(context, options, host);
  needRoot(place, host, "install");
  const facts = factsOf(context, options, { place, host });
  if (place.scope === "system") await prepareSystem(facts, host);
  await writeUnit(place, unitText(facts));
  must(await place.systemctl("daemon-reload"), "load the unit");
  must(await place.systemctl("enable", UNIT), "let the service start with the machine");
  const started = await place.systemctl("restart", UNIT);
  if (started.code !== 0) return await notStarted(context, place);
  say(context, options, `Installed ${place.path.slice(host.root.length)}; the daemon runs as a service`);
  say(context, options, ...nextSteps(place));
  return EXIT.ok;
}

interface Setting {
  readonly place: ServicePlace;
  readonly host: ServiceHost;
}

function factsOf(context: CliContext, options: InstallOptions, { place, host }: Setting): UnitFacts {
  const { scope } = place;
  const credentials = (options.credential ?? []).map(credentialOf);
  const config = configOf(context, options, { place, host });
  return {
    scope,
    program: programOf(scope, host),
    config,
    envFile: options.envFile === undefined ? undefined : resolve(context.cwd, options.envFile),
    credentials,
    drainMs: drainOf(context, { ...options, ...(config && { config: host.root + config }) }, credentials),
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
  return program;
}

/** The config file; of a system service the one in its own folder. @throws UserError where it is missing or elsewhere. */
function configOf(context: CliContext, { config }: InstallOptions, { place, host }: Setting): string | undefined {
  if (place.scope === "user") return config === undefined ? undefined : resolve(context.cwd, config);
  const path = config === undefined ? join(SERVICE_CONFIG_FOLDER, "config.yaml") : resolve(context.cwd, config);
  if (dirname(path) !== SERVICE_CONFIG_FOLDER) {
    throw new UserError(
      `Cannot use ${path}: the config of the service stands in ${SERVICE_CONFIG_FOLDER}; sudo install -D -m 600 ${path} ${join(SERVICE_CONFIG_FOLDER, basename(path))} puts a copy there`,
      EXIT.failed,
    );
  }
  if (!existsSync(host.root + path)) {
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
  return { name, path };
}

/** How long a stop may take, by the configuration as the service will read it. @throws UserError where that is wrong. */
function drainOf(context: CliContext, options: InstallOptions, credentials: readonly Credential[]): number {
  const folder = mkdtempSync(join(tmpdir(), "openai-balance-credentials-"));
  try {
    for (const { name, path } of credentials) symlinkSync(path, join(folder, name));
    const env = { ...context.env, CREDENTIALS_DIRECTORY: folder };
    const loaded = readConfig({ ...context, env }, options);
    if (loaded.ok) return loaded.config.server.drainTimeoutMs;
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
  const line = `u ${SERVICE_USER} - "openai-balance" /var/lib/openai-balance`;
  must(await run("systemd-sysusers", "--inline", line), `make the user ${SERVICE_USER}`);
  const { stdout } = await run("id", "-u", SERVICE_USER);
  const { stdout: group } = await run("id", "-g", SERVICE_USER);
  const [uid, gid] = [Number.parseInt(stdout, 10), Number.parseInt(group, 10)];
  if (config === undefined || Number.isNaN(uid) || Number.isNaN(gid)) return;
  for (const [path, mode] of [
    [dirname(config), 0o700],
    [config, 0o600],
  ] as const) {
    chownSync(root + path, uid, gid);
    chmodSync(root + path, mode);
  }
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

async function notStarted(context: CliContext, place: ServicePlace): Promise<number> {
  const lines = (await place.lastLines()).map((line) => `  ${line}`);
  note(context, "The service is installed but does not start. Its log ends so:", ...lines);
  note(context, "Mend what it says, and run the same command again; openai-balance service uninstall takes it away");
  return EXIT.failed;
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
