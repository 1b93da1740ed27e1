// What a control operation is: one row of the table from which socket, HTTP API, client and reference are made.
import type { z } from "zod";
import type { Download } from "./file-download.ts";
import type { ControlPorts } from "./ports.ts";

/** `read` changes nothing. `owner`: only over the control socket, which only the daemon's own user may open. */
export interface OperationFacts<Name extends string, Input extends z.ZodObject, Output extends z.ZodType> {
  readonly name: Name;
  readonly kind: "read" | "change";
  readonly who: "admin" | "owner";
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
}

/** Answers once. */
export interface CallOperation<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> extends OperationFacts<Name, Input, Output> {
  readonly form: "call";
  run(input: z.output<Input>, ports: ControlPorts, signal: AbortSignal): z.output<Output> | Promise<z.output<Output>>;
}

/**
 * Of a stream whose items are events, and those that may be gone on from have an `id`. `resumesBy`: the field of the input that takes that of the last one that was seen.
 */
export interface LiveForm {
  readonly resumesBy: string;
}

/** Answers with items, as they come; `output` is one of them. */
export interface StreamOperation<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
> extends OperationFacts<Name, Input, Output> {
  readonly form: "stream";
  /** What a browser can have as a file, by GET with `download` and the name of a form. */
  readonly download?: Download<z.output<Output>>;
  readonly live?: LiveForm;
  /** What rejects has refused the whole; what the items end with is told behind them. */
  run(
    input: z.output<Input>,
    ports: ControlPorts,
    signal: AbortSignal,
  ): AsyncIterable<z.output<Output>> | Promise<AsyncIterable<z.output<Output>>>;
}

/** One row, with the types of what goes in and out. */
export function call<Name extends string, Input extends z.ZodObject, Output extends z.ZodObject>(
  operation: Omit<CallOperation<Name, Input, Output>, "form">,
): CallOperation<Name, Input, Output> {
  return { form: "call", ...operation };
}

/** As `call`, for a row that answers with items. */
export function stream<Name extends string, Input extends z.ZodObject, Output extends z.ZodType>(
  operation: Omit<StreamOperation<Name, Input, Output>, "form">,
): StreamOperation<Name, Input, Output> {
  return { form: "stream", ...operation };
}
