// Reads the certificate and the key by which the server speaks TLS, and says what is wrong with them.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { errorCode } from "../core/io-fault.ts";
import type { TlsConfig } from "./config.ts";
import type { LoadContext } from "./load-context.ts";
import { fullPath, readNamedFile } from "./read-named-file.ts";
import type { RawConfig } from "./schema.ts";

const CERT = ["server", "tls", "cert"];
const KEY = ["server", "tls", "key"];

/** Undefined where the server speaks plain HTTP, or where the files are of no use, which is reported. */
export function normaliseTls(raw: RawConfig["server"]["tls"], context: LoadContext): TlsConfig | undefined {
  if (raw === undefined) return undefined;
  const cert = readFile(raw.cert, CERT, context);
  const key = readFile(raw.key, KEY, context);
  const certificate = cert === undefined ? undefined : parseCertificate(cert, context);
  const secret = key === undefined ? undefined : parseKey(key, context);
  if (cert === undefined || key === undefined || certificate === undefined || secret === undefined) return undefined;
  if (!certificate.checkPrivateKey(secret)) context.list.error(KEY, "is not the key of the certificate in cert");
  else if (!isUsable(cert, key)) context.list.error(CERT, "has certificates after the first that cannot be read");
  return { cert, key, files: [fullPath(raw.cert, context.files), fullPath(raw.key, context.files)] };
}

/** The server would fail by them, when the one before it is closed already. */
function isUsable(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}

function readFile(name: string, path: readonly string[], { files, list }: LoadContext): string | undefined {
  const read = readNamedFile(name, files);
  if (read.ok) return read.text;
  list.error(path, read.reason);
  return undefined;
}

/** The first one of a chain is the server's own. */
function parseCertificate(pem: string, { list }: LoadContext): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    list.error(CERT, "expected a file with a certificate in PEM, those of its issuers after it");
    return undefined;
  }
}

function parseKey(pem: string, { list }: LoadContext): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch (error: unknown) {
    const isLocked = errorCode(error) === "ERR_MISSING_PASSPHRASE";
    list.error(KEY, `expected a file with a private key in PEM${isLocked ? ", without a passphrase" : ""}`);
    return undefined;
  }
}
