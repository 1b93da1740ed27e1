// The error that stands for a mistake of the user, and the codes it ends the process with.

import { expect, test } from "bun:test";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";

test("EXIT has the documented numbers", () => {
  expect(EXIT).toEqual({ ok: 0, failed: 1, usage: 2, unreachable: 3, unhealthy: 4, interrupted: 130 });
});

test("UserError ends the process with the usage code unless told otherwise", () => {
  expect(new UserError("Cannot read the config").exitCode).toBe(EXIT.usage);
  expect(new UserError("Cannot listen", EXIT.failed).exitCode).toBe(EXIT.failed);
});

test("UserError keeps name, message and cause", () => {
  const cause = new Error("ENOENT");
  const error = new UserError("Cannot read the config", EXIT.usage, { cause });
  expect(error).toBeInstanceOf(Error);
  expect({ name: error.name, message: error.message, cause: error.cause }).toEqual({
    name: "UserError",
    message: "Cannot read the config",
    cause,
  });
});
