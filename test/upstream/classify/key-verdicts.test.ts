// Answers that say something about the key itself.
import { describe, expect, test } from "bun:test";
import { answer, anthropic, gemini, openai } from "./fake-answer.ts";
import { judged, row } from "./judged.ts";

const HTML = "<!DOCTYPE html><title>Attention Required! | Cloudflare</title>";

row(
  "dead credential: the key is invalid",
  { blame: "key", effect: "key-invalid", outcome: "invalid_key", next: "rotate", last: "no_usable_key" },
  [
    ["OpenAI, wrong key", "openai", answer(401, openai("Incorrect API key provided: sk-fa**.", "invalid_api_key"))],
    [
      "OpenAI, deactivated",
      "openai",
      answer(401, openai("The account … has been deactivated.", "account_deactivated")),
    ],
    ["OpenAI, not a member", "openai", answer(401, openai("You must be a member of an organization to use the API"))],
    ["OpenAI, IP not allowed", "openai", answer(401, openai("Your IP is not authorized to access this resource"))],
    ["a 401 without a body", "openai", answer(401)],
    ["a 401 in HTML", "openai", answer(401, HTML)],
    [
      "another organisation by our own header",
      "openai",
      answer(
        401,
        openai("OpenAI-Organization header should match organization for API key", "mismatched_organization"),
      ),
    ],
    [
      "DeepSeek",
      "openai",
      answer(401, openai("Authentication Fails", "invalid_request_error", "authentication_error")),
    ],
    ["DashScope", "openai", answer(401, openai("Incorrect API key provided.", "invalid_api_key"))],
    [
      "Groq, restricted organisation",
      "openai",
      answer(400, openai("Organization has been restricted. Please reach out to support", "organization_restricted")),
    ],
    [
      "xAI, 400",
      "openai",
      answer(400, {
        code: "Client specified an invalid argument",
        error: "Incorrect API key provided: xa***fk. You can obtain an API key from https://console.x.ai.",
      }),
    ],
    [
      "Azure",
      "azure",
      answer(401, {
        error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." },
      }),
    ],
    ["Anthropic", "anthropic", answer(401, anthropic("authentication_error", "invalid x-api-key"))],
    [
      "Anthropic, disabled organisation",
      "anthropic",
      answer(400, anthropic("invalid_request_error", "This organization has been disabled.")),
    ],
    [
      "Gemini, 400",
      "gemini",
      answer(
        400,
        gemini(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "API_KEY_INVALID"),
      ),
    ],
    [
      "Gemini, as an array without details",
      "gemini",
      answer(400, [gemini(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key.")]),
    ],
    [
      "Gemini, leaked",
      "gemini",
      answer(403, gemini(403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key.")),
    ],
    [
      "Gemini, suspended",
      "gemini",
      answer(
        403,
        gemini(403, "PERMISSION_DENIED", "Permission denied: Consumer has been suspended.", "CONSUMER_SUSPENDED"),
      ),
    ],
    [
      "Gemini, service off",
      "gemini",
      answer(403, gemini(403, "PERMISSION_DENIED", "Generative Language API has not been used", "SERVICE_DISABLED")),
    ],
    [
      "Gemini, service blocked",
      "gemini",
      answer(403, gemini(403, "PERMISSION_DENIED", "Requests to this API are blocked.", "API_KEY_SERVICE_BLOCKED")),
    ],
  ],
);

row(
  "restricted key: the operation is blocked",
  { blame: "key-operation", effect: "operation-blocked", outcome: "forbidden", next: "rotate", last: "upstream" },
  [
    [
      "401",
      "openai",
      answer(
        401,
        openai("You have insufficient permissions for this operation. Missing scopes: model.request. Check that …"),
      ),
    ],
    [
      "403",
      "openai",
      answer(403, openai("You have insufficient permissions for this operation. Missing scopes: api.files.write.")),
    ],
    [
      "as a bare text",
      "openai",
      answer(403, { error: "You have insufficient permissions for this operation. Missing scopes: api.model.read." }),
    ],
    [
      "Gemini",
      "gemini",
      answer(
        403,
        gemini(
          403,
          "PERMISSION_DENIED",
          "Request had insufficient authentication scopes.",
          "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        ),
      ),
    ],
  ],
);

row(
  "any other 403: may be the key's, and the client sees it",
  { blame: "key", effect: "key-refused", outcome: "forbidden", next: "rotate", last: "upstream" },
  [
    ["HTML of a firewall", "openai", answer(403, HTML)],
    ["without a body", "openai", answer(403)],
    ["unknown JSON", "openai", answer(403, openai("Forbidden", "nope"))],
    ["SiliconFlow, another code", "openai", answer(403, { code: 30003, message: "Model disabled", data: null })],
    [
      "a balance that no known vendor words so",
      "openai",
      answer(403, { message: "Your credit balance is insufficient" }),
    ],
    ["Anthropic", "anthropic", answer(403, anthropic("permission_error", "Your API key does not have permission."))],
    ["Gemini", "gemini", answer(403, gemini(403, "PERMISSION_DENIED", "The caller does not have permission"))],
    ["Gemini, interactions", "gemini", answer(403, { error: { code: "permission_denied", message: "m" } })],
  ],
);

describe("mismatched organisation", () => {
  test.each(["mismatched_organization", "mismatched_project"])(
    "%s by the client's own header is the client's",
    (code) => {
      const outcome = answer(401, openai("OpenAI-Organization header should match organization for API key", code));
      expect(judged("openai", outcome, true)).toEqual({
        blame: "client",
        effect: "none",
        outcome: "client_error",
        next: "stop",
        last: "upstream",
      });
    },
  );

  test("a wrong key stays a wrong key beside the client's header", () => {
    expect(judged("openai", answer(401, openai("Incorrect API key", "invalid_api_key")), true).effect).toBe(
      "key-invalid",
    );
  });
});
