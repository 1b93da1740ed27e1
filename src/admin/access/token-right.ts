// The right of the admin token that is in effect, or of there being none: what goes on by it ends with it.
import { isMarkOf, tokenMarkOf } from "./token-mark.ts";

/** `fileMark`: what the file has, which is believed until a token is in effect. */
export interface TokenRightOptions {
  readonly salt: string;
  readonly fileMark: string | undefined;
}

interface InEffect {
  readonly token: string | undefined;
  readonly ending: AbortController;
}

export class TokenRight {
  readonly #options: TokenRightOptions;
  #inEffect: InEffect | undefined;
  #mark: { readonly token: string | undefined; readonly text: Promise<string> } | undefined;

  constructor(options: TokenRightOptions) {
    this.#options = options;
  }

  /** Aborts when another one is in effect. */
  get ended(): AbortSignal | undefined {
    return this.#inEffect?.ending.signal;
  }

  /** Says whether it is another one than before. `hasSessions`: else nothing depends on what the file says of it. */
  use(token: string | undefined, hasSessions: boolean): boolean {
    const before = this.#inEffect;
    if (before !== undefined && before.token === token) return false;
    this.#inEffect = { token, ending: new AbortController() };
    before?.ending.abort();
    return before !== undefined || (hasSessions && !this.#isOfFile(token));
  }

  /** For the file: that of the token which is in effect when it resolves. */
  async mark(): Promise<string> {
    for (;;) {
      const { salt, fileMark } = this.#options;
      if (this.#inEffect === undefined) return fileMark ?? tokenMarkOf(undefined, salt);
      const { token } = this.#inEffect;
      if (this.#mark === undefined || this.#mark.token !== token) this.#mark = { token, text: this.#markOf(token) };
      const text = await this.#mark.text;
      if (this.#inEffect.token === token) return text;
    }
  }

  #isOfFile(token: string | undefined): boolean {
    const { salt, fileMark } = this.#options;
    return fileMark !== undefined && isMarkOf(fileMark, token, salt);
  }

  async #markOf(token: string | undefined): Promise<string> {
    try {
      return await tokenMarkOf(token, this.#options.salt);
    } catch (error: unknown) {
      // For want of memory: the next one tries again.
      this.#mark = undefined;
      throw error;
    }
  }
}
