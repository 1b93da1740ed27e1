// `models`: what can be asked for, and where it goes.
import { z } from "zod";
import { call } from "../operation.ts";
import { checkProvider } from "../select-keys.ts";

export const models = call({
  name: "models",
  kind: "read",
  who: "admin",
  summary: "Lists what can be asked for, and which providers and models it leads to.",
  input: z.strictObject({
    provider: z.string().optional().describe("What this provider's own path offers, in place of the default form."),
  }),
  output: z.object({
    models: z
      .array(
        z.object({
          id: z.string().describe("What a request names as its model."),
          kind: z.enum(["model", "alias"]).describe("`alias`: a name under `models` in the configuration."),
          route: z.array(z.array(z.string())).describe("Tiers in fallback order, each target as `provider/model`."),
        }),
      )
      .describe("Names under `models` first, then the models of the providers."),
    unavailable: z.array(z.string()).describe("Providers whose list is not known: their models are missing here."),
  }),
  async run({ provider }, ports, signal) {
    checkProvider(provider, ports.config());
    const { models: entries, unavailable } = await ports.models.list(provider, signal);
    return {
      models: entries.map(({ id, kind, route }) => ({ id, kind, route: route.map((tier) => [...tier]) })),
      unavailable: [...unavailable],
    };
  },
});
