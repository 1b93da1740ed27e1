// The Azure OpenAI dialect: the api-key header, `/openai` as native path, and Azure's own error codes.
import type { Dialect, ErrorFact } from "../dialect.ts";
import { OPENAI_FACTS } from "./openai.ts";

// Both are counted anew in each interval: tokens each minute, requests each 1 or 10 s.
const QUOTA = "learn.microsoft.com/azure/ai-services/openai/how-to/quota";
const ANSWERS = "answers of openai.azure.com, not documented";
const ERRORS = "learn.microsoft.com/azure/foundry/openai/how-to/troubleshoot-errors";

/** Facts about answers of Azure that differ from OpenAI's. */
export const AZURE_FACTS: readonly ErrorFact[] = [
  {
    status: [404],
    code: ["DeploymentNotFound"],
    means: "model-missing",
    source: "learn.microsoft.com/azure/ai-services/openai/how-to/troubleshoot-deployments",
  },
  // A gateway of Azure API Management in front of it.
  {
    status: [403],
    message: /^Out of call volume quota\b/,
    means: "no-credit",
    source: "learn.microsoft.com/azure/api-management/quota-policy",
  },
  {
    status: [429],
    message: /^(?:The )?system is (?:currently )?experiencing high demand\b/i,
    means: "overloaded",
    source: ERRORS,
  },
  {
    status: [429],
    message: /^The service is temporarily unable to process your request\b/,
    means: "overloaded",
    source: ERRORS,
  },
  { status: [403], code: ["AuthenticationTypeDisabled"], means: "invalid-key", source: ANSWERS },
  {
    status: [403],
    message: /\bresource has been temporarily blocked\b|^Access denied due to Virtual Network\/Firewall rules\b/,
    means: "key-refused",
    source: ERRORS,
  },
];

/** Azure OpenAI, its v1 API as well as deployments with an api-version. */
export const azure: Dialect = {
  name: "azure",
  credential: () => ({ header: "api-key", prefix: "" }),
  defaultHeaders: () => ({}),
  nativePrefixes: ["openai"],
  nativeVendor: "azure",
  // It lists what could be deployed; requests name deployments (learn.microsoft.com/rest/api/azureopenai/models/list).
  modelList: { kind: "useless" },
  errors: [...AZURE_FACTS, ...OPENAI_FACTS],
  limits: {
    facts: [
      { unit: "requests", form: "fixed", source: `${QUOTA}; the form as answers show it` },
      { unit: "tokens", form: "fixed", source: `${QUOTA}; the form as answers show it` },
    ],
    hasEmptyUnknown: true,
  },
};
