// `models` and `providers`: what can be asked for, and where it goes.
import type { OutputOf } from "../admin/operation-table.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { Connection, TargetOptions } from "./connection.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printedJson } from "./print-json.ts";
import { hint, note } from "./say.ts";
import { withSpinner } from "./spinner.ts";
import { renderTable } from "./table.ts";
import { NO_PROVIDER } from "./words.ts";

export interface ModelsOptions extends TargetOptions, JsonOption {
  readonly provider?: string;
}

export async function models(context: CliContext, options: ModelsOptions): Promise<number> {
  await using connection = await connect(context, options, "read");
  const input = options.provider === undefined ? {} : { provider: options.provider };
  const found = await withSpinner("Asking the providers for their models", context, options, () =>
    connection.control.call("models", input),
  );
  if (printedJson(context, options, found)) return EXIT.ok;
  for (const provider of found.unavailable)
    note(context, `The model list of ${provider} is not available; requests still go there`);
  if (found.models.length === 0) {
    hint(context, options, ...(await nothingText(found, connection)));
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  const columns = [
    { title: "MODEL", text: ({ id }: Model) => id, least: 20 },
    { title: "GOES TO", text: ({ route }: Model) => routeText(route), least: 48 },
    { title: "", text: ({ kind }: Model) => (kind === "alias" ? "name of your own" : ""), dropRank: 1 },
  ];
  context.out.write(renderTable(columns, found.models, { width: widthOf(context), paint }));
  return EXIT.ok;
}

export async function providers(context: CliContext, options: TargetOptions & JsonOption): Promise<number> {
  await using connection = await connect(context, options, "read");
  const found = await connection.control.call("providers", {});
  if (printedJson(context, options, found)) return EXIT.ok;
  if (found.providers.length === 0) {
    hint(context, options, ...NO_PROVIDER);
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  type Provider = (typeof found.providers)[number];
  const columns = [
    {
      title: "PROVIDER",
      text: ({ name, is_default }: Provider) => (is_default ? `${name} (default)` : name),
      least: 8,
    },
    { title: "PATH", text: ({ name, path }: Provider) => (path === name ? "" : `/${path}`), least: 6, dropRank: 1 },
    { title: "KEYS", text: ({ keys }: Provider) => String(keys), align: "right" as const },
    { title: "", text: ({ enabled }: Provider) => (enabled ? "" : "off") },
    { title: "BASE URL", text: ({ base_url }: Provider) => base_url, least: 36, dropRank: 0 },
    { title: "DIALECT", text: ({ dialect }: Provider) => dialect, dropRank: 2 },
    { title: "TEST MODEL", text: ({ test_model }: Provider) => test_model ?? "", least: 12, dropRank: 3 },
  ];
  context.out.write(renderTable(columns, found.providers, { width: widthOf(context), paint }));
  return EXIT.ok;
}

/** Why there is no model: no list came, the lists that came are empty, or there is nobody to ask. */
async function nothingText({ unavailable }: OutputOf<"models">, { control }: Connection): Promise<readonly string[]> {
  if (unavailable.length > 0) return NO_LIST;
  const { providers } = await control.call("providers", {});
  return providers.length === 0 ? NO_PROVIDER : EMPTY_LIST;
}

const EMPTY_LIST = [
  "No model is listed; requests still go to their provider. Of Azure the deployments are listed that models.include names",
];
const NO_LIST = ["No model list is known. To see whether the providers answer:", "  openai-balance test"];

interface Model {
  readonly id: string;
  readonly kind: "model" | "alias";
  readonly route: readonly (readonly string[])[];
}

/** `a or b, then c`: targets side by side, then the fallback. */
function routeText(route: Model["route"]): string {
  return route.map((tier) => tier.join(" or ")).join(", then ");
}
