// Which quota groups a key is of, by what an operator says or what its answers say.
import type { KeyHealth } from "./key-health.ts";

/** The widest first. What an operator says counts more than what answers say. */
export function groupNamesOf({ spec, owner }: KeyHealth): readonly { readonly id: string; readonly name: string }[] {
  if (spec.quotaGroup !== undefined) return [{ id: `group ${spec.quotaGroup}`, name: spec.quotaGroup }];
  if (owner === undefined) return [];
  const organization = { id: `organization ${owner.organization}`, name: `organization ${owner.organization}` };
  if (owner.project === undefined) return [organization];
  const project = `project ${owner.project} of ${owner.organization}`;
  return [organization, { id: project, name: `project ${owner.project}` }];
}
