// Runs control operations as their callers do, and holds every answer against its schema.
import { expect } from "bun:test";
import { z } from "zod";
import { type InputOf, OPERATIONS, type OperationName } from "../../src/admin/operation-table.ts";
import type { ControlPorts } from "../../src/admin/ports.ts";
import { leakIn } from "../fixture/secrets.ts";
import type { EveryState } from "./every-state.ts";

/** What an operation answers in one situation, by what that is. */
export type Scenarios = Readonly<Record<string, (state: EveryState) => Promise<void>>>;

/** The same schema, which takes no field that it does not know. */
function strictly(schema: z.core.$ZodType): z.ZodType {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).map(([name, field]) => [name, strictly(field)] as const);
    return z.strictObject(Object.fromEntries(fields));
  }
  if (schema instanceof z.ZodDiscriminatedUnion) return z.union(schema.options.map(strictly));
  if (schema instanceof z.ZodArray) return z.array(strictly(schema.element));
  if (schema instanceof z.ZodOptional) return strictly(schema.unwrap()).optional();
  return schema as z.ZodType;
}

/** Runs an operation as its callers do; every answer must be as its schema says, also once it was sent. */
export async function run<Name extends OperationName>(
  name: Name,
  ports: ControlPorts,
  input: InputOf<Name>,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) throw new Error(`There is no operation ${name}`);
  const given = operation.input.parse(input);
  const { signal } = new AbortController();
  const answers: unknown[] = [];
  if (operation.form === "call") answers.push(await operation.run(given, ports, signal));
  else for await (const item of await operation.run(given, ports, signal)) answers.push(item);
  const schema = strictly(operation.output);
  return answers.map((answer) => {
    const sent = JSON.parse(JSON.stringify(answer));
    expect(sent).toStrictEqual(answer as object);
    if (name !== "keys.export") expect(leakIn(JSON.stringify(answer))).toBeUndefined();
    return schema.parse(sent) as Readonly<Record<string, unknown>>;
  });
}

/** As `run`, of an operation that answers once. */
export async function one<Name extends OperationName>(name: Name, ports: ControlPorts, input: InputOf<Name>) {
  const answers = await run(name, ports, input);
  expect(answers).toHaveLength(1);
  return answers[0] ?? {};
}
