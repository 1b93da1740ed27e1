// The Kubernetes manifest: its parts fit each other, the config is one that the program takes, and no right is left over.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import packageJson from "../../package.json";
import { loadValid } from "../config/load.ts";
import { ROOT } from "./reverse-proxy.ts";

const TEXT = readFileSync(join(ROOT, "deploy/kubernetes.yaml"), "utf8");
const DOCUMENTS = parseAllDocuments(TEXT).map((document) => document.toJS());
const [config, service, set] = ["ConfigMap", "Service", "StatefulSet"].map((kind) =>
  DOCUMENTS.find((each) => each.kind === kind),
);
const pod = set.spec.template.spec;
const [container] = pod.containers;
/** Each Secret key that the head of the file makes. */
const MADE = [...TEXT.matchAll(/--from-file=(\S+)/g)].map(([, name = ""]) => name);
const MOUNTED = "/run/secrets/openai-balance";

test("the file has one YAML document for each kind, of one namespace and one label", () => {
  expect(DOCUMENTS.map(({ kind }) => kind)).toEqual(["ConfigMap", "Service", "StatefulSet"]);
  for (const { metadata } of DOCUMENTS)
    expect(metadata).toMatchObject({ name: "openai-balance", namespace: "openai-balance" });
  const label = { "app.kubernetes.io/name": "openai-balance" };
  expect(set.spec.selector.matchLabels).toEqual(label);
  expect([set.spec.template.metadata.labels, service.spec.selector]).toEqual([label, label]);
});

test("the config loads without a word, from secrets that the head makes", () => {
  const yaml: string = config.data["config.yaml"];
  const files = Object.fromEntries(MADE.map((name) => [`${MOUNTED}/${name}`, `sk-fake-kubernetes-${name}\n`]));
  const loaded = loadValid({ yaml, files });
  expect(loaded.warnings).toEqual([]);
  expect(loaded.config.server.host).toBe("0.0.0.0");
  const named = [...TEXT.matchAll(/openai-balance\/(\w+) \}/g)].map(([, name = ""]) => name);
  const variable = container.env.find(({ name }: { name: string }) => name === "OPENAI_BALANCE_MASTER_KEY");
  expect([...named, variable.valueFrom.secretKeyRef.key].toSorted()).toEqual(MADE.toSorted());
  expect(Object.keys(parse(yaml))).not.toContain("data");
});

test.skipIf(Bun.which("kubernetes-validate") === null)("each document is as the schema of its kind says", () => {
  const file = join(ROOT, "deploy/kubernetes.yaml");
  // Of this version on `preStop: { sleep }` works without a feature gate.
  const { exitCode, stdout } = Bun.spawnSync(["kubernetes-validate", "--strict", "-k", "1.30.0", file]);
  expect([exitCode, stdout.toString().match(/passed for resource/g)?.length]).toEqual([0, DOCUMENTS.length]);
});

describe("the pod", () => {
  test("has no root, no right, and nothing to write to but its volume and /tmp", () => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532 });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const writable = container.volumeMounts.filter(({ readOnly }: { readOnly?: boolean }) => readOnly !== true);
    expect(writable.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual(["/data", "/tmp"]);
    expect(readFileSync(join(ROOT, "Dockerfile"), "utf8")).toContain("USER 65532:65532");
  });

  test("mounts volumes that there are, and has a port that the service and the probes name", () => {
    const volumes = [...pod.volumes, ...set.spec.volumeClaimTemplates.map(({ metadata }: never) => metadata)];
    const names = volumes.map(({ name }: { name: string }) => name);
    expect(container.volumeMounts.map(({ name }: { name: string }) => name).toSorted()).toEqual(names.toSorted());
    expect(container.ports).toEqual([{ name: "http", containerPort: 8000 }]);
    expect(service.spec.ports[0].targetPort).toBe("http");
    const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
    expect(probes.map(({ httpGet }) => httpGet)).toEqual(
      ["/health", "/ready", "/health"].map((path) => ({ path, port: "http" })),
    );
  });

  test("stops within its time: what precedes the signal, and the drain", () => {
    const before: number = container.lifecycle.preStop.sleep.seconds;
    const drainS = loadValid({}).config.server.drainTimeoutMs / 1_000;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(before + drainS);
    expect(set.spec.replicas).toBe(1);
  });

  test("runs this version", () => {
    expect(container.image).toBe(`ghcr.io/openai-balance/openai-balance:${packageJson.version}`);
  });
});
