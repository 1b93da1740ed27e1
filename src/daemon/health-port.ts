// What operators do to the health of keys and providers: in effect at once, on the disk when it resolves.
import type { HealthPort } from "../admin/ports.ts";
import type { Instance } from "./instance.ts";

/** Health of an instance, as control operations change it; each throws a UserError when it cannot be saved. */
export function healthPort(instance: Instance): HealthPort {
  const { balancer, state, timing } = instance;
  return {
    async setDisabled(keys, isDisabled) {
      instance.noteChanges(balancer.setDisabled(keys, isDisabled, timing.now()));
      await state.save();
    },
    async reset(keys, { model, operation }) {
      const changes = balancer.reset(keys, timing.now(), { model, operation });
      const what = { ...(model !== undefined && { model }), ...(operation !== undefined && { operation }) };
      instance.noteChanges(changes.map((change) => ({ ...change, ...what })));
      await state.save();
      return changes.length > 0;
    },
    async resetProvider(provider, model) {
      const changes = balancer.resetProvider(provider, model, timing.now());
      instance.noteChanges(changes);
      await state.save();
      return changes.length > 0;
    },
  };
}
