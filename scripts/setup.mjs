// Makes sure that bun and all packages are installed as pinned, then runs the given program with bun.
// Plain JavaScript without packages: it is the first thing that runs on a machine that has only Node with npm, or only bun.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");
const STAMP = join(MODULES, ".setup-stamp");
const BUN_VERSION = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).devDependencies.bun;
const IS_WINDOWS = process.platform === "win32";

const [entry, ...args] = process.argv.slice(2);
if (entry === undefined)
  fail("Cannot run: expected a program, for example `node scripts/setup.mjs src/main.ts --help`");
process.env.PATH = [join(MODULES, ".bin"), process.env.PATH].filter(Boolean).join(IS_WINDOWS ? ";" : ":");
run(installedBun() ?? install(), [entry, ...args]);

/** The pinned bun in node_modules, if everything there is what package.json and bun.lock ask for. */
function installedBun() {
  if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== fingerprint()) return undefined;
  return binariesIn(MODULES).find((path) => existsSync(path));
}

function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const name of ["package.json", "bun.lock"]) hash.update(readFileSync(join(ROOT, name)));
  return hash.digest("hex");
}

function install() {
  const installer = currentBun() ?? bunOnPath() ?? bunFromNpm();
  say("Installing packages");
  const done = spawnSync(installer, ["install", "--frozen-lockfile"], { cwd: ROOT, stdio: ["ignore", 2, 2] });
  if (done.status !== 0) fail(`Cannot install the packages: \`bun install --frozen-lockfile\` ${reasonOf(done)}`);
  const bun = pinnedIn(MODULES);
  if (bun === undefined)
    fail(`Cannot run: the packages hold no bun ${BUN_VERSION} for ${process.platform} ${process.arch}`);
  writeFileSync(STAMP, fingerprint());
  return bun;
}

function currentBun() {
  return process.versions.bun === undefined ? undefined : process.execPath;
}

function bunOnPath() {
  return versionOf("bun") === undefined ? undefined : "bun";
}

/** The npm package of bun holds the program itself, so no download script has to run. */
function bunFromNpm() {
  const folder = join(ROOT, ".tools", `bun-${BUN_VERSION}`);
  const modules = join(folder, "node_modules");
  const ready = pinnedIn(modules);
  if (ready !== undefined) return ready;
  say(`Fetching bun ${BUN_VERSION} from the npm registry`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const done = spawnSync(
    IS_WINDOWS ? "npm.cmd" : "npm",
    [
      "install",
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--no-update-notifier",
      "--loglevel=error",
      "--ignore-scripts",
      `bun@${BUN_VERSION}`,
    ],
    { cwd: folder, stdio: ["ignore", 2, 2], shell: IS_WINDOWS },
  );
  if (done.error?.code === "ENOENT") fail("Cannot fetch bun: found neither bun nor npm; install one of them first");
  if (done.status !== 0) fail(`Cannot fetch bun: \`npm install\` ${reasonOf(done)}`);
  const bun = pinnedIn(modules);
  if (bun === undefined) fail(`Cannot fetch bun: its package has no program for ${process.platform} ${process.arch}`);
  return bun;
}

function pinnedIn(modules) {
  return binariesIn(modules).find((path) => existsSync(path) && versionOf(path) === BUN_VERSION);
}

/** The platform packages first: `bun/bin` holds the program only after its install script ran. */
function binariesIn(modules) {
  const scope = join(modules, "@oven");
  const packages = existsSync(scope) ? readdirSync(scope) : [];
  return [
    ...packages.map((name) => join(scope, name, "bin", IS_WINDOWS ? "bun.exe" : "bun")),
    join(modules, "bun", "bin", "bun.exe"),
  ];
}

function versionOf(bun) {
  const done = spawnSync(bun, ["--version"], { encoding: "utf8" });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** Ends as the program ends. Signals that reach this process alone are passed on. */
function run(bun, command) {
  // Bun would read a `.env` of the checkout; the program reads one only where it is told to.
  const child = spawn(bun, ["--no-env-file", ...command], { cwd: ROOT, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal sends Ctrl-C to the whole group: passing it on would count as the second one.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  child.on("error", (error) => fail(`Cannot start ${bun}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function reasonOf(done) {
  if (done.error !== undefined) return `could not start: ${done.error.message}`;
  return `exited with ${done.status ?? done.signal}. Is the package registry reachable from here?`;
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
