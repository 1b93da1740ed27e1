// A mistake that the user can correct, as opposed to a bug of ours.

import { EXIT } from "./exit-codes.ts";

/** Its message is all that the user gets to see: no stack. `exitCode` defaults to `EXIT.usage`. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.usage, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
