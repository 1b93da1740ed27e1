// What operators do to the health of keys and providers: in effect at once, on the disk when it resolves.
import type { HealthPort } from "../admin/ports.ts";
import { inSlices } from "../core/slices.ts";
import type { Instance } from "./instance.ts";

/** Health of an instance, as control operations change it; each throws a UserError when it cannot be saved. */
export function healthPort(instance: Instance): HealthPort {
  const { balancer, state, timing } = instance;
  return {
    async setDisabled(keys, isDisabled) {
      for await (const slice of inSlices(keys)) {
        instance.noteChanges(balancer.setDisabled(slice, isDisabled, timing.now()));
      }
      await state.save();
    },
    async reset(keys, { model, operation }) {
      const what = { ...(model !== undefined && { model }), ...(operation !== undefined && { operation }) };
      let isNews = false;
      for await (const slice of inSlices(keys)) {
        const changes = balancer.reset(slice, timing.now(), { model, operation });
        instance.noteChanges(changes.map((change) => ({ ...change, ...what })));
        isNews ||= changes.length > 0;
      }
      await state.save();
      return isNews;
    },
    async resetProvider(provider, model) {
      const changes = balancer.resetProvider(provider, model, timing.now());
      instance.noteChanges(changes);
      await state.save();
      return changes.length > 0;
    },
  };
}
