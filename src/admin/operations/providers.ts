// `providers`: what is configured.
import { z } from "zod";
import { withoutUrlPassword } from "../../config/url-password.ts";
import { addablePresets, presentIn } from "../key-problems.ts";
import { call } from "../operation.ts";

export const providers = call({
  name: "providers",
  kind: "read",
  who: "admin",
  summary: "Lists the configured providers.",
  input: z.strictObject({
    presets: z
      .boolean()
      .default(false)
      .describe("Tells as well of known providers that would come with their first key."),
  }),
  output: z.object({
    providers: z
      .array(
        z.object({
          name: z.string().describe("Its name."),
          path: z.string().describe("Its second name in URLs."),
          base_url: z.string().describe("Where it is called, without a password."),
          dialect: z.string().describe("How it authenticates and reports errors."),
          enabled: z.boolean().describe("False where the configuration turns it off."),
          is_default: z.boolean().describe("It serves requests that name no provider."),
          keys: z.int().describe("How many keys it has."),
          test_model: z.string().optional().describe("The model that tests ask for."),
        }),
      )
      .describe("In the order of the configuration."),
    presets: z
      .array(z.string())
      .optional()
      .describe("Names of known providers that are not configured, and would be once a key of theirs is added."),
  }),
  run({ presets }, ports) {
    const { providers: all, defaultProvider } = ports.config();
    return {
      ...(presets && { presets: addablePresets(presentIn(ports)) }),
      providers: all.map(({ name, path, baseUrl, dialect, enabled, keys, testModel }) => ({
        name,
        path,
        base_url: withoutUrlPassword(baseUrl),
        dialect,
        enabled,
        is_default: name === defaultProvider,
        keys: keys.length,
        ...(testModel !== undefined && { test_model: testModel }),
      })),
    };
  },
});
