// `keys.export`: the stored keys with their secrets.
import { z } from "zod";
import { limitsSchema as ownLimits } from "../../config/limits-schema.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import { call } from "../operation.ts";
import { checkProvider } from "../select-keys.ts";

const exported = z.object({
  provider: z.string().describe("Its provider."),
  key: z.string().describe("The secret."),
  name: z.string().optional().describe("Its name, if it was given one."),
  weight: z.number().optional().describe("Its share of the load, if that was set."),
  priority: z.int().optional().describe("Lower ones are used up first, if that was set."),
  models: z.array(z.string()).optional().describe("Patterns of the models that it may serve, if those were set."),
  limits: ownLimits.optional().describe("What it may send, as it was written, if that was set."),
});

export const keysExport = call({
  name: "keys.export",
  kind: "read",
  who: "owner",
  summary: "Gives out the keys of the encrypted store, secrets included, in the form that `keys.add` takes.",
  input: z.strictObject({ provider: z.string().optional().describe("Only keys of this provider.") }),
  output: z.object({ keys: z.array(exported).describe("In the order in which they were added.") }),
  run({ provider }, ports) {
    const { fault } = ports.keys;
    if (fault !== undefined) throw new UserError(fault, EXIT.failed);
    const keys = ports.keys.list().filter((key) => provider === undefined || key.provider === provider);
    // The store may have keys of a provider that is not configured.
    if (keys.length === 0) checkProvider(provider, ports.config());
    return {
      keys: keys.map(({ provider: owner, secret, name, weight, priority, models, limits }) => ({
        provider: owner,
        key: secret,
        ...(name !== undefined && { name }),
        ...(weight !== undefined && { weight }),
        ...(priority !== undefined && { priority }),
        ...(models !== undefined && { models: [...models] }),
        ...(limits !== undefined && { limits }),
      })),
    };
  },
});
