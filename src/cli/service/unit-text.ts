// The systemd unit of the daemon: what it may do, when it is started again, how it is stopped.

export interface UnitFacts {
  /** `user`: of the user's own service manager; `system`: of the machine, as a user of its own. */
  readonly scope: "system" | "user";
  /** The executable, as an absolute path. */
  readonly program: string;
  /** The config file, as an absolute path; undefined: the key store and the environment configure everything. */
  readonly config: string | undefined;
  /** A file with variables for the daemon. */
  readonly envFile: string | undefined;
  /** Secrets that systemd hands to the daemon as files. */
  readonly credentials: readonly Credential[];
  /** `server.drain_timeout`. */
  readonly drainMs: number;
}

/** A file that the daemon finds as `${CREDENTIALS_DIRECTORY}/NAME`. */
export interface Credential {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** The account and the folders of the system service. */
export const SERVICE_USER = "openai-balance";
export const SERVICE_CONFIG_FOLDER = "/etc/openai-balance";

/** What systemd waits for beyond the drain, in seconds, until it kills. */
const STOP_MARGIN_S = 30;
const START_S = 60;

/** Sections and lines by systemd.unit(5), systemd.service(5) and systemd.exec(5). */
export function unitText(facts: UnitFacts): string {
  const { scope } = facts;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["Unit", unitLines(facts)],
    ["Service", [...serviceLines(facts), ...(scope === "system" ? SYSTEM_HARDENING : USER_HARDENING)]],
    ["Install", [`WantedBy=${scope === "system" ? "multi-user.target" : "default.target"}`]],
  ];
  const head =
    "# Written by `openai-balance service install`; changes belong into a drop-in: systemctl edit openai-balance";
  return `${[head, ...sections.map(([name, lines]) => `[${name}]\n${lines.join("\n")}`)].join("\n\n")}\n`;
}

function unitLines({ scope }: UnitFacts): readonly string[] {
  const network = ["Wants=network-online.target", "After=network-online.target"];
  return [
    "Description=openai-balance, a gateway for the OpenAI API",
    // The user's manager knows no network target.
    ...(scope === "system" ? network : []),
    "StartLimitIntervalSec=5min",
    "StartLimitBurst=10",
  ];
}

function serviceLines({ scope, program, config, envFile, credentials, drainMs }: UnitFacts): readonly string[] {
  const run = quotedProgram(program);
  const file = config === undefined ? "" : ` --config ${quoted(config)}`;
  return [
    "Type=exec",
    `ExecStart=${run} serve${file}`,
    // It counts as started once it answers, so that what comes after it finds it so.
    `ExecStartPost=${run} status --wait ${START_S}s --quiet`,
    `ExecReload=${run} reload --quiet`,
    "Restart=on-failure",
    "RestartSec=2",
    // A wrong configuration does not become right by another start.
    "RestartPreventExitStatus=2",
    `TimeoutStartSec=${START_S + 10}`,
    // What is in flight is finished first.
    `TimeoutStopSec=${Math.ceil(drainMs / 1_000) + STOP_MARGIN_S}`,
    "KillMode=mixed",
    "UMask=0077",
    "LimitNOFILE=65536",
    ...(envFile === undefined ? [] : [`EnvironmentFile=${literal(envFile)}`]),
    ...credentials.map(({ name, path }) => `LoadCredential=${name}:${literal(path)}`),
    ...(scope === "system" ? SYSTEM_PLACE : []),
  ];
}

const SYSTEM_PLACE = [
  `User=${SERVICE_USER}`,
  `Group=${SERVICE_USER}`,
  "StateDirectory=openai-balance",
  "StateDirectoryMode=0700",
  "Environment=OPENAI_BALANCE_DATA_DIR=%S/openai-balance",
  // So that `config set` and the page can save it; everything else outside of the state is read-only.
  `ReadWritePaths=-${SERVICE_CONFIG_FOLDER}`,
];

/** What a user's own manager can do without rights: no more than to filter system calls. */
const USER_HARDENING = [
  "NoNewPrivileges=yes",
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@privileged @resources",
  "SystemCallErrorNumber=EPERM",
] as const;

/** All but MemoryDenyWriteExecute: the program's compiler writes what it runs. */
const SYSTEM_HARDENING = [
  ...USER_HARDENING,
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "PrivateUsers=yes",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectControlGroups=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectProc=invisible",
  "ProcSubset=pid",
  "RemoveIPC=yes",
  "CapabilityBoundingSet=",
  "AmbientCapabilities=",
  "DevicePolicy=closed",
] as const;

/** A word of a command line (systemd.service(5), "Command lines"); `%` and `$` mean themselves. */
function quoted(word: string): string {
  return quotedProgram(word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$"));
}

/** Its first word, in which systemd expands no variable and takes neither quotes nor backslashes. */
function quotedProgram(path: string): string {
  return /[\s"'\\;]/.test(path) ? `"${literal(path)}"` : literal(path);
}

/** Without specifiers (systemd.unit(5)). */
function literal(text: string): string {
  return text.replaceAll("%", "%%");
}
