// What a failed call to the operating system means, in words.

/** The code of a system error, for example ENOENT; undefined for everything else. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than allowed",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  ERR_FS_EISDIR: "it is a folder",
  EEXIST: "it exists already",
  EIO: "the disk does not work (input/output error)",
  ENAMETOOLONG: "the path is too long",
  ELOOP: "a symbolic link is not followed there, or leads to itself",
  EMLINK: "it is the same file as another one, by a hard link",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  EBUSY: "it is in use",
  ETXTBSY: "it is in use",
  ESPIPE: "it is no file, but a pipe",
  ENOTSUP: "the file system does not support it",
};

/** Why a file or folder could not be read or written: in words, else the code. */
export function ioFault(error: unknown): string {
  const code = errorCode(error);
  return code === undefined ? "an internal error" : (WORDS[code] ?? code);
}
