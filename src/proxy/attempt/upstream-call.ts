// Builds the upstream call of one attempt: address, headers, body.
import { credentialHeader } from "../../upstream/credential-header.ts";
import type { Provider, UpstreamKey } from "../../upstream/provider.ts";
import type { CallBody, TransportCall } from "../../upstream/transport.ts";
import { upstreamUrl } from "../../upstream/upstream-url.ts";
import { upstreamHeaders } from "../answer/header-policy.ts";
import type { ClientRequest } from "../client-request.ts";

export interface CallTarget {
  readonly provider: Provider;
  readonly key: UpstreamKey;
  /** The upstream's name of the model. */
  readonly model: string | undefined;
  readonly body: CallBody;
  readonly connectMs: number;
}

/** The call; undefined where the path would leave the provider's base URL. */
export function upstreamCall(request: ClientRequest, target: CallTarget): TransportCall | undefined {
  const { provider, key, model, body } = target;
  const { native, rest, query, operation, ownSecret = key.secret } = request;
  const url = upstreamUrl(provider.config, { native, rest, query, ...(model === undefined ? {} : { model }) });
  if (url === undefined) return undefined;
  const headers = upstreamHeaders({
    client: request.headers,
    credential: credentialHeader(provider.config, ownSecret, { native, operation: operation.name }),
    defaults: provider.dialect.defaultHeaders(native, operation.name),
    provider: provider.config.headers,
    key: key.headers,
    passOrganization: provider.config.passOrganization,
    bodyBytes: body?.length,
  });
  const { origin, path } = url;
  const { outbound } = key;
  return { origin, path, method: request.method, headers, body, connectMs: target.connectMs, outbound };
}
