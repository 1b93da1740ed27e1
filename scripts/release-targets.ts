// For which machines there are builds, how their files begin, and how large they may be.
import { signatureFault } from "./mach-signature.ts";

export interface ReleaseTarget {
  /** As install.sh names it. */
  readonly name: string;
  readonly bun: Bun.Build.CompileTarget;
  /** The program's name there. */
  readonly program: "openai-balance" | "openai-balance.exe";
  readonly format: FileFormat;
}

export interface FileFormat {
  readonly kind: "ELF" | "Mach-O" | "PE";
  /** The number of the architecture in the header: e_machine, cputype, Machine. */
  readonly machine: number;
  /** The C library whose loader an ELF file asks for. */
  readonly libc?: "glibc" | "musl";
}

/** How much larger than an executable of one line each may be. */
const MOST_OVER_BARE_BYTES = 15_000_000;

/** System V ABI, Mach-O `machine.h`, and the PE format have these numbers. */
const ELF_X64 = { kind: "ELF", machine: 0x3e, libc: "glibc" } as const;
const ELF_ARM64 = { kind: "ELF", machine: 0xb7, libc: "glibc" } as const;
const MACH_X64 = { kind: "Mach-O", machine: 0x0100_0007 } as const;
const MACH_ARM64 = { kind: "Mach-O", machine: 0x0100_000c } as const;
const PE_X64 = { kind: "PE", machine: 0x8664 } as const;

const UNIX = "openai-balance";

export const RELEASE_TARGETS: readonly ReleaseTarget[] = [
  { name: "linux-x64", bun: "bun-linux-x64", program: UNIX, format: ELF_X64 },
  { name: "linux-x64-baseline", bun: "bun-linux-x64-baseline", program: UNIX, format: ELF_X64 },
  { name: "linux-arm64", bun: "bun-linux-arm64", program: UNIX, format: ELF_ARM64 },
  { name: "linux-x64-musl", bun: "bun-linux-x64-musl", program: UNIX, format: { ...ELF_X64, libc: "musl" } },
  { name: "linux-arm64-musl", bun: "bun-linux-arm64-musl", program: UNIX, format: { ...ELF_ARM64, libc: "musl" } },
  { name: "darwin-x64", bun: "bun-darwin-x64", program: UNIX, format: MACH_X64 },
  { name: "darwin-arm64", bun: "bun-darwin-arm64", program: UNIX, format: MACH_ARM64 },
  { name: "windows-x64", bun: "bun-windows-x64", program: "openai-balance.exe", format: PE_X64 },
];

/** Why a build is not fit for a release; undefined if it is. @param bareBytes the size of one of a single line. */
export function faultOf({ name, format }: ReleaseTarget, bytes: Buffer, bareBytes: number): string | undefined {
  const found = formatOf(bytes.subarray(0, 4096));
  if (!Bun.deepEquals(found, format))
    return `The program for ${name} is ${JSON.stringify(found)} instead of ${JSON.stringify(format)}`;
  const unsigned = format.kind === "Mach-O" ? signatureFault(bytes) : undefined;
  if (unsigned !== undefined) return `The program for ${name} would not start: ${unsigned}`;
  const over = bytes.length - bareBytes;
  if (over <= MOST_OVER_BARE_BYTES) return undefined;
  return `The program for ${name} is ${over} bytes larger than a bare one, ${MOST_OVER_BARE_BYTES} at most`;
}

/** What a file is by its first bytes; undefined for anything else. @param head at least 1 KiB of it. */
export function formatOf(head: Uint8Array): FileFormat | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) === 0x7f454c46) return elfOf(head, view.getUint16(18, true));
  if (view.getUint32(0, true) === 0xfeedfacf) return { kind: "Mach-O", machine: view.getUint32(4, true) };
  if (view.getUint16(0) !== 0x4d5a) return undefined;
  const at = view.getUint32(0x3c, true);
  if (at + 6 > head.byteLength || view.getUint32(at) !== 0x50450000) return undefined;
  return { kind: "PE", machine: view.getUint16(at + 4, true) };
}

/** Its loader, of which the libc is told, is named right behind its headers. */
function elfOf(head: Uint8Array, machine: number): FileFormat {
  const [, loader] = /\0\/lib(?:64)?\/ld-(musl|linux)-/.exec(Buffer.from(head).toString("latin1")) ?? [];
  return { kind: "ELF", machine, ...(loader && { libc: loader === "musl" ? "musl" : "glibc" }) };
}
