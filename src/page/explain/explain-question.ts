// What is asked, as the address holds it.

export interface Question {
  /** A model, or a path that begins with `/`; empty: nothing is asked. */
  readonly request: string;
  readonly model?: string;
  readonly method?: string;
  readonly token?: string;
}

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Model and method count for paths only. */
export function questionOf(query: URLSearchParams): Question {
  const request = query.get("request")?.trim() ?? "";
  const token = query.get("token") ?? "";
  const model = query.get("model")?.trim() ?? "";
  const method = query.get("method") ?? "";
  const isPath = request.startsWith("/");
  return {
    request,
    ...(token !== "" && { token }),
    ...(isPath && model !== "" && { model }),
    ...(isPath && method !== "" && { method }),
  };
}
