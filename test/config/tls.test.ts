// What is said of a certificate and a key that a server cannot use, and that neither is ever shown.
import { describe, expect, test } from "bun:test";
import { createPrivateKey } from "node:crypto";
import { renderConfig } from "../../src/config/render-config.ts";
import { secretsOf } from "../../src/config/secrets-of.ts";
import { readPem } from "../fixture/raw-server.ts";
import { diagnose, loadValid, oneProvider } from "./load.ts";

const CERT = readPem("localhost.pem");
const KEY = readPem("localhost.key");
const LOCKED = createPrivateKey(KEY)
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "fake" })
  .toString();

const YAML = oneProvider().replace(/}$/, ',"server":{"tls":{"cert":"certs/server.pem","key":"~/server.key"}}}');

function world(cert: string | { code: string }, key: string | { code: string }) {
  return { yaml: YAML, files: { "/work/certs/server.pem": cert, "/home/someone/server.key": key } };
}

describe("server.tls", () => {
  test("is read from files beside the config and in the home folder", () => {
    const { tls } = loadValid(world(CERT, KEY)).config.server;
    expect(tls).toEqual({ cert: CERT, key: KEY, files: ["/work/certs/server.pem", "/home/someone/server.key"] });
  });

  test("takes a chain", () => {
    expect(loadValid(world(CERT + readPem("ca.pem"), KEY)).config.server.tls?.cert).toContain(CERT);
  });

  test.each<[string, string | { code: string }, string | { code: string }, readonly string[]]>([
    [
      "files that are missing",
      { code: "ENOENT" },
      { code: "EACCES" },
      ["server.tls.cert: the file does not exist", "server.tls.key: the file may not be read"],
    ],
    [
      "a key in place of the certificate",
      KEY,
      KEY,
      ["server.tls.cert: expected a file with a certificate in PEM, those of its issuers after it"],
    ],
    ["a certificate in place of the key", CERT, CERT, ["server.tls.key: expected a file with a private key in PEM"]],
    [
      "the key of another certificate",
      CERT,
      readPem("other-host.key"),
      ["server.tls.key: is not the key of the certificate in cert"],
    ],
    [
      "a chain that was cut off",
      CERT + CERT.slice(0, 400),
      KEY,
      ["server.tls.cert: has certificates after the first that cannot be read"],
    ],
    [
      "a key with a passphrase",
      CERT,
      LOCKED,
      ["server.tls.key: expected a file with a private key in PEM, without a passphrase"],
    ],
    [
      "empty files",
      "",
      "",
      [
        "server.tls.cert: expected a file with a certificate in PEM, those of its issuers after it",
        "server.tls.key: expected a file with a private key in PEM",
      ],
    ],
  ])("says what is wrong with %s", (_name, cert, key, lines) => {
    const errors = diagnose(world(cert, key)).filter((line) => line.startsWith("error"));
    expect(errors.map((line) => line.replace(/^error: config\.yaml:\d+:\d+ /, ""))).toEqual([...lines]);
  });

  test("needs both files", () => {
    const yaml = oneProvider().replace(/}$/, ',"server":{"tls":{"cert":"server.pem"}}}');
    expect(diagnose({ yaml }).join("\n")).toContain("server.tls");
    expect(diagnose({ yaml }).join("\n")).toMatch(/error: .*key/);
  });

  test("says once what is of the wrong kind", () => {
    const yaml = oneProvider().replace(/}$/, ',"server":{"tls":{"cert":5,"key":"~/server.key"}}}');
    const errors = diagnose({ ...world(CERT, KEY), yaml }).filter((line) => line.startsWith("error"));
    expect(errors.map((line) => line.replace(/^.*server/, "server"))).toEqual([
      "server.tls.cert: expected a path, got a number",
    ]);
  });

  test("has a key that is a secret, line by line, and shows neither file", () => {
    const loaded = loadValid(world(CERT, KEY));
    const lines = KEY.split("\n").filter((line) => /^[\w+/=]{20,64}$/.test(line));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(secretsOf(loaded.config)).toContain(line);
    expect(renderConfig(loaded)).not.toMatch(/BEGIN|MII/);
    expect(renderConfig(loaded)).toContain("cert: certs/server.pem");
  });
});
