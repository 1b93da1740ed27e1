// What one client token may be used for, compiled from its rules.
import type { TokenRules } from "../config/client-token.ts";
import { compileAddressRanges } from "../core/address-ranges.ts";
import { compileGlobs } from "../core/glob.ts";
import { expiredRefusal, FORBIDDEN, type TokenRefusal } from "./token-refusal.ts";

/** What is asked of an operation: the request path knows more of it. */
export interface ScopedOperation {
  /** As in the operation table. */
  readonly name: string;
  /** Every effect of the request is that of the one model that it names. */
  readonly namesModel: boolean;
  /** It may name further ones. */
  readonly namesMoreModels?: boolean | undefined;
}

const EVERYTHING = () => true;

export class TokenScope {
  /** Only some models, or providers, are allowed. */
  readonly limitsModels: boolean;
  readonly limitsProviders: boolean;
  readonly allowsModel: (model: string) => boolean;
  readonly allowsProvider: (name: string) => boolean;
  readonly #allowsOperation: (name: string) => boolean;
  readonly #allowsAddress: (address: string) => boolean;
  readonly #expiresAt: number;

  constructor({ models, providers, operations, cidrs, expiresAt = Number.POSITIVE_INFINITY }: TokenRules) {
    this.limitsModels = models !== undefined;
    this.limitsProviders = providers !== undefined;
    this.allowsModel = models === undefined ? EVERYTHING : compileGlobs(models);
    const named = new Set(providers);
    this.allowsProvider = providers === undefined ? EVERYTHING : (name) => named.has(name);
    this.#allowsOperation = operations === undefined ? EVERYTHING : compileGlobs(operations);
    this.#allowsAddress = cidrs === undefined ? EVERYTHING : compileAddressRanges(cidrs);
    this.#expiresAt = expiresAt;
  }

  /** Before anything of a request is read. `address`: the client's. */
  refuseEntry(address: string, now: number): TokenRefusal | undefined {
    return this.refuseExpired(now) ?? (this.#allowsAddress(address) ? undefined : FORBIDDEN.address);
  }

  /** The same wherever the request comes from. */
  refuseExpired(now: number): TokenRefusal | undefined {
    return now >= this.#expiresAt ? expiredRefusal(this.#expiresAt) : undefined;
  }

  refuseOperation(name: string): TokenRefusal | undefined {
    return this.#allowsOperation(name) ? undefined : FORBIDDEN.operation;
  }

  /** Once the body is read; `model` as the client asks for it. */
  refuseModel({ namesModel, namesMoreModels }: ScopedOperation, model: string | undefined): TokenRefusal | undefined {
    if (!this.limitsModels) return undefined;
    if (namesMoreModels === true && model !== undefined) return FORBIDDEN.furtherModels;
    if (!namesModel || model === undefined) return FORBIDDEN.modelUnknown;
    return this.allowsModel(model) ? undefined : FORBIDDEN.model;
  }

  /** Once the route is known, also where another rule than that of the model chose it. */
  refuseRoute(route: readonly (readonly { readonly provider: string }[])[]): TokenRefusal | undefined {
    if (!this.limitsProviders) return undefined;
    const isAllowed = route.some((tier) => tier.length > 0) && route.flat().every(this.#isAllowed);
    return isAllowed ? undefined : FORBIDDEN.provider;
  }

  readonly #isAllowed = ({ provider }: { readonly provider: string }) => this.allowsProvider(provider);
}
