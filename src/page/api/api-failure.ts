// What went wrong with an operation, as pages show it.

/** `code`: the control API's, or `unreachable` where no answer came. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly code: string;
  /** 0 where no answer came. */
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Whatever was thrown, as a failure to show. */
export function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure("page_fault", error instanceof Error ? error.message : String(error), 0);
}
