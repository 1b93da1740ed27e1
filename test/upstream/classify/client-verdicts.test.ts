// Answers that are the fault of the client alone.
import { answer, anthropic, gemini, openai, openrouter } from "./fake-answer.ts";
import { row } from "./judged.ts";

const HTML = "<!DOCTYPE html><title>Attention Required! | Cloudflare</title>";

row(
  "the client's own mistake",
  { blame: "client", effect: "none", outcome: "client_error", next: "stop", last: "upstream" },
  [
    ["400", "openai", answer(400, openai("Invalid value for 'temperature'"))],
    [
      "400 that mentions credit, balance and billing",
      "openai",
      answer(400, openai("Unknown field: credit balance is billing quota")),
    ],
    [
      "400 of Anthropic that quotes the client",
      "anthropic",
      answer(
        400,
        anthropic("invalid_request_error", "messages.0.content.0: Input tag 'Your credit balance is too low' found"),
      ),
    ],
    [
      "400 of Gemini about a file of the client's name",
      "gemini",
      answer(400, gemini(400, "FAILED_PRECONDITION", "The File files/q3-billing is not in an ACTIVE state")),
    ],
    ["400 without a body", "openai", answer(400)],
    [
      "403, flagged by moderation",
      "openai",
      answer(403, {
        error: {
          code: 403,
          message: "flagged",
          metadata: { reasons: ["violence"], flagged_input: "…", provider_name: "p", model_slug: "m" },
        },
      }),
    ],
    [
      "401 of a page for browsers",
      "openai",
      answer(
        401,
        openai(
          "Your request to GET /v1/dashboard/billing/usage must be made with a session key (that is, …)",
          null,
          "server_error",
        ),
      ),
    ],
    ["404 about a file", "openai", answer(404, openai("No such File object: file-x"))],
    ["404 in HTML", "openai", answer(404, HTML)],
    ["404 of a path on Azure", "azure", answer(404, { error: { code: "404", message: "Resource not found" } })],
    [
      "404 of an endpoint's feature on OpenRouter",
      "openai",
      answer(404, openrouter(404, "No endpoints found that support tool use.")),
    ],
    ["405", "openai", answer(405)],
    ["409", "openai", answer(409)],
    ["413", "openai", answer(413, openai("Maximum content size limit exceeded"))],
    ["413, anthropic", "anthropic", answer(413, anthropic("request_too_large", "Request exceeds the maximum size"))],
    ["422", "openai", answer(422, { detail: [{ loc: ["body", "n"], msg: "Input should be 1", type: "value_error" }] })],
    [
      "Azure content filter",
      "azure",
      answer(400, {
        error: { code: "content_filter", message: "The response was filtered", param: "prompt", status: 400 },
      }),
    ],
    [
      "Gemini file of somebody else",
      "gemini",
      answer(
        403,
        gemini(403, "PERMISSION_DENIED", "You do not have permission to access the File abc or it may not exist."),
      ),
    ],
    ["Gemini, bad argument", "gemini", answer(400, gemini(400, "INVALID_ARGUMENT", "Invalid JSON payload received."))],
  ],
);
