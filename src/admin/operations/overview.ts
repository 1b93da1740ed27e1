// `overview`: everything that an operator sees at first, in one answer.
import { z } from "zod";
import { SharedAnswers } from "../../core/shared-answers.ts";
import { call } from "../operation.ts";
import { type Overview, overviewAnswer, overviewOf } from "../overview/overview.ts";
import type { ControlPorts } from "../ports.ts";
import { zone } from "../time-zone.ts";

/** Ten pages that are open cost no more than two. */
const answers = new WeakMap<ControlPorts, SharedAnswers<Overview>>();

export const overview = call({
  name: "overview",
  kind: "read",
  who: "admin",
  summary:
    "Shows at one look how the daemon fares: figures of four periods, providers, keys by state, and what needs attention, with what can be done about it. Those who ask at the same time get the same answer.",
  input: z.strictObject({ zone }),
  output: overviewAnswer,
  run({ zone: asked }, ports) {
    const shared = answers.get(ports) ?? new SharedAnswers<Overview>();
    answers.set(ports, shared);
    return shared.ask(asked, () => overviewOf(asked, ports));
  },
});
