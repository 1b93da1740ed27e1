// Answers about a model that a key, or a region, may not use.
import { answer, anthropic, gemini, openai, openrouter } from "./fake-answer.ts";
import { row } from "./judged.ts";

row(
  "model not there for this key",
  { blame: "key-model", effect: "model-missing", outcome: "model_blocked", next: "rotate", last: "upstream" },
  [
    [
      "OpenAI, 404",
      "openai",
      answer(404, openai("The model `gpt-9` does not exist or you do not have access to it.", "model_not_found")),
    ],
    [
      "OpenAI, project",
      "openai",
      answer(403, openai("Project `proj_x` does not have access to model `gpt-4o`", "model_not_found")),
    ],
    [
      "OpenAI, unverified",
      "openai",
      answer(400, {
        error: {
          message: "Your organization must be verified to stream this model. Please go to …",
          type: "invalid_request_error",
          param: "stream",
          code: "unsupported_value",
        },
      }),
    ],
    ["OpenAI, no sampling", "openai", answer(403, openai("You are not allowed to sample from this model"))],
    ["OpenRouter, 404", "openai", answer(404, openrouter(404, "No endpoints found for stepfun/step-3.5-flash:free."))],
    ["OpenRouter, 400", "openai", answer(400, openrouter(400, "gpt-9 is not a valid model ID"))],
    [
      "OpenRouter, privacy of the account",
      "openai",
      answer(404, openrouter(404, "No endpoints found matching your data policy. Enable prompt training here")),
    ],
    [
      "SiliconFlow",
      "openai",
      answer(400, { code: 20012, message: "Model does not exist. Please check it carefully.", data: null }),
    ],
    ["DeepSeek", "openai", answer(400, openai("Model Not Exist", "invalid_request_error"))],
    [
      "Mistral",
      "openai",
      answer(400, { object: "error", message: "Invalid model: x", type: "invalid_model", param: null, code: "1500" }),
    ],
    [
      "Moonshot",
      "openai",
      answer(404, {
        error: { type: "resource_not_found_error", message: "Not found the model x or Permission denied" },
      }),
    ],
    ["DashScope", "openai", answer(403, openai("Model access denied.", "Model.AccessDenied", "Model.AccessDenied"))],
    [
      "Azure",
      "azure",
      answer(404, {
        error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist." },
      }),
    ],
    ["Anthropic", "anthropic", answer(404, anthropic("not_found_error", "model: claude-9"))],
    [
      "Gemini",
      "gemini",
      answer(
        404,
        gemini(
          404,
          "NOT_FOUND",
          "models/gemini-9 is not found for API version v1beta, or is not supported for generateContent.",
        ),
      ),
    ],
  ],
);

row(
  "region refused: another provider",
  { blame: "provider", effect: "region-refused", outcome: "forbidden", next: "other-provider", last: "upstream" },
  [
    [
      "OpenAI",
      "openai",
      answer(
        403,
        openai(
          "Country, region, or territory not supported",
          "unsupported_country_region_territory",
          "request_forbidden",
        ),
      ),
    ],
    [
      "Gemini",
      "gemini",
      answer(400, gemini(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")),
    ],
  ],
);
