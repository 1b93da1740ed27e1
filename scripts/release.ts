// `npm run release`: builds every executable, packs them with their checksums, licences and manual page into dist/release/.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { version } from "../package.json";
import { buildProgram } from "../src/cli/build-program.ts";
import { processContext } from "../src/cli/process-context.ts";
import { renderManPage } from "../src/cli/reference/man-page.ts";
import { bundlePage } from "../src/dashboard/bundle-page.ts";
import { compileProgram } from "./compile-program.ts";
import { faultOf, RELEASE_TARGETS, type ReleaseTarget } from "./release-targets.ts";
import { thirdPartyLicences } from "./third-party.ts";

const ROOT = join(import.meta.dir, "..");
const FOLDER = join(ROOT, "dist/release");

await main(process.argv.slice(2));

/** `names`: only these targets. */
async function main(names: readonly string[]): Promise<void> {
  const wanted = RELEASE_TARGETS.filter(({ name }) => names.length === 0 || names.includes(name));
  if (wanted.length < names.length)
    throw new Error(`There is no such target: known are ${RELEASE_TARGETS.map(({ name }) => name).join(", ")}`);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const sums: string[] = [];
  for (const target of wanted) sums.push(await buildTarget(target));
  const script = readFileSync(join(ROOT, "install.sh"));
  writeFileSync(join(FOLDER, "install.sh"), script, { mode: 0o755 });
  writeFileSync(join(FOLDER, "SHA256SUMS"), `${[...sums, sumOf("install.sh", script)].join("\n")}\n`);
}

/** Gives its line for SHA256SUMS. */
async function buildTarget(target: ReleaseTarget): Promise<string> {
  const { name, program } = target;
  const outfile = join(FOLDER, program);
  const sources = await compileProgram({ page: await bundlePage(), outfile, target: target.bun });
  const bytes = readFileSync(outfile);
  rmSync(outfile);
  const bareBytes = await bareSize(target);
  const fault = faultOf(target, bytes, bareBytes);
  if (fault !== undefined) throw new Error(fault);
  const archive = await packed([
    { name: program, bytes, mode: 0o755 },
    { name: "openai-balance.1", bytes: Buffer.from(manPage()), mode: 0o644 },
    { name: "LICENSE", bytes: readFileSync(join(ROOT, "LICENSE")), mode: 0o644 },
    { name: "THIRD-PARTY-LICENSES.txt", bytes: Buffer.from(thirdPartyLicences(sources)), mode: 0o644 },
  ]);
  const file = `openai-balance-${name}.tar.gz`;
  writeFileSync(join(FOLDER, file), archive);
  const sizes = [archive.length, bytes.length, bytes.length - bareBytes].map((size) => (size / 1e6).toFixed(1));
  process.stdout.write(`${file}: ${sizes[0]} MB, unpacked ${sizes[1]} MB, ${sizes[2]} MB over a bare one\n`);
  return sumOf(file, archive);
}

/** An executable of one line for the same machine. */
async function bareSize({ bun }: ReleaseTarget): Promise<number> {
  const source = join(FOLDER, "bare.ts");
  const outfile = join(FOLDER, "bare");
  writeFileSync(source, "console.log(1);\n");
  await Bun.build({ entrypoints: [source], compile: { outfile, target: bun } });
  const path = bun.includes("windows") ? `${outfile}.exe` : outfile;
  const { size } = Bun.file(path);
  for (const done of [source, path]) rmSync(done);
  return size;
}

function manPage(): string {
  return renderManPage(
    buildProgram(processContext(), () => {}),
    version,
  );
}

interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
  readonly mode: number;
}

/** The same bytes each time: no time, no user. */
async function packed(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  const chunks: Buffer[] = [];
  const done = (async () => {
    for await (const chunk of tar) chunks.push(chunk as Buffer);
  })();
  for (const { name, bytes, mode } of entries) tar.entry({ name, mode, mtime: new Date(0) }, bytes);
  tar.finalize();
  await done;
  return gzipSync(Buffer.concat(chunks), { level: 9 });
}

function sumOf(name: string, bytes: Buffer): string {
  return `${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  ${name}`;
}
