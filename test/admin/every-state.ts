// An instance whose keys and providers are in every state that there is.
import type { Effect } from "../../src/core/verdict.ts";
import { START, verdictOf } from "../balancer/fixtures.ts";
import { type Lab, type LabOptions, openLab, providerAt } from "../daemon/instance-lab.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { startUpstream, type Upstream } from "../fixture/upstream.ts";

export interface EveryState extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
}

const CHAT = "chat/completions";
/** More than a provider refuses before it is suspect. */
const MANY = 40;

const named = (name: string) => ({ name, key: fakeSecret(name) });

/**
 * `main` has a key in each state, `open` and `suspect` are what their names say, `off` is not enabled, `groq` has no
 * key, `spent` has no usable one, and `ollama` wants none.
 */
export async function everyState(options: LabOptions = {}): Promise<EveryState> {
  const upstream = startUpstream({ otherwise: openai });
  const { url } = upstream;
  const keys = ["ready", "cooling", "exhausted", "invalid", "disabled", "limited", "blocked", "scoped"].map(named);
  const many = Array.from({ length: MANY }, (_, i) => named(`many-${i}`));
  const config = {
    auth: { admin_token: fakeSecret("admin") },
    providers: [
      providerAt(url, "main", [...keys, { ...named("patterned"), models: ["gpt-*"], weight: 2, priority: 3 }]),
      providerAt(url, "open", [named("of-open")]),
      providerAt(url, "suspect", many),
      providerAt(url, "off", [named("of-off")], { enabled: false }),
      providerAt(url, "spent", [named("of-spent")], { test_model: undefined, probe_path: "none" }),
      { name: "groq" },
      { name: "ollama", base_url: url },
    ],
    models: { fast: [["main/gpt-4o-mini", "open/gpt-4o"], "suspect/gpt-4o-mini"], dead: ["off/x"] },
  };
  const lab = await openLab({ config, ...options });
  drive(lab);
  return {
    lab,
    upstream,
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

function drive(lab: Lab): void {
  const { balancer } = lab.instance;
  const attempt = (provider: string, name: string, effect: Effect, times = 1) => {
    for (let i = 0; i < times; i++) {
      const need = { route: [[{ provider, model: "gpt-4o-mini" }]], operation: CHAT, client: `c${i}` };
      const running = balancer.begin({ provider, keyId: keyId(lab, name), model: "gpt-4o-mini" }, need, START);
      balancer.judge(running, { ...verdictOf(effect), message: "what the provider said" }, START);
      balancer.end(running, START);
    }
  };
  attempt("main", "ready", { kind: "success", complete: true, latencyMs: 5 });
  attempt("main", "cooling", { kind: "key-refused" }, 3);
  attempt("main", "exhausted", { kind: "key-exhausted" });
  attempt("main", "invalid", { kind: "key-invalid" });
  attempt("main", "limited", { kind: "rate-limited", retryAfterMs: 60_000 });
  attempt("main", "blocked", { kind: "model-missing" });
  attempt("main", "scoped", { kind: "operation-blocked" });
  attempt("open", "of-open", { kind: "server-error" }, 5);
  attempt("open", "of-open", { kind: "unreachable" }, 5);
  for (let i = 0; i < MANY; i++) attempt("suspect", `many-${i}`, { kind: "key-invalid" });
  attempt("spent", "of-spent", { kind: "key-exhausted" });
  balancer.setDisabled([{ provider: "main", keyId: keyId(lab, "disabled") }], true, START);
}

/** The id of a key by its name. */
export function keyId(lab: Lab, name: string): string {
  const keys = lab.instance.config.providers.flatMap((provider) => provider.keys);
  const found = keys.find((key) => key.name === name);
  if (found === undefined) throw new Error(`There is no key ${name}`);
  return found.id;
}
