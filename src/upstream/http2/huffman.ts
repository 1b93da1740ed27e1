// Decodes the Huffman code of HPACK (RFC 7541 appendix B), four bits a step.

/**
 * Length in bits of the code of each byte value; the last is EOS. The code is canonical, so that the lengths are enough:
 * codes count up through the symbols sorted by length, then value.
 */
const CODE_LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];

const EOS = 256;
const STATES = 256;
const EMITS = 1 << 16;
const FAILS = 1 << 17;
/** Padding is the beginning of EOS, at most 7 bits of ones. */
const MAX_PADDING_BITS = 7;

interface Automaton {
  /** By state and nibble: next state, the symbol at bit 8, EMITS, FAILS. */
  readonly steps: Uint32Array;
  /** The states in which a string may end. */
  readonly mayEnd: Uint8Array;
}

const { steps, mayEnd } = buildAutomaton();

let scratch = Buffer.allocUnsafe(4096);

/** The text in `bytes` from `start` to `end`, one character a byte; undefined when it is no valid code. */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  // The shortest code has five bits, so a byte of input is less than two of output.
  if (scratch.length < (end - start) * 2) scratch = Buffer.allocUnsafe((end - start) * 2);
  let state = 0;
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const high = steps[(state << 4) | (byte >> 4)] ?? FAILS;
    if ((high & EMITS) !== 0) scratch[length++] = high >> 8;
    const low = steps[((high & 0xff) << 4) | (byte & 15)] ?? FAILS;
    if ((low & EMITS) !== 0) scratch[length++] = low >> 8;
    if (((high | low) & FAILS) !== 0) return undefined;
    state = low & 0xff;
  }
  return mayEnd[state] === 1 ? scratch.toString("latin1", 0, length) : undefined;
}

/** Children of the code tree's inner nodes: even is the child for 0; a leaf is stored as -1 - symbol. */
function buildTree(): Int16Array {
  const tree = new Int16Array(STATES * 2);
  let nodes = 1;
  let code = 0;
  let previous = 0;
  const symbols = CODE_LENGTHS.map((bits, symbol) => ({ bits, symbol }));
  symbols.sort((a, b) => a.bits - b.bits || a.symbol - b.symbol);
  for (const { bits, symbol } of symbols) {
    code *= 2 ** (bits - previous);
    previous = bits;
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit--) {
      const slot = node * 2 + ((code >> bit) & 1);
      if (tree[slot] === 0) tree[slot] = nodes++;
      node = tree[slot] ?? 0;
    }
    tree[node * 2 + (code & 1)] = -1 - symbol;
    code++;
  }
  return tree;
}

function buildAutomaton(): Automaton {
  const tree = buildTree();
  const table = new Uint32Array(STATES * 16);
  for (let state = 0; state < STATES; state++) {
    for (let nibble = 0; nibble < 16; nibble++) table[(state << 4) | nibble] = walk(tree, state, nibble);
  }
  const ends = new Uint8Array(STATES);
  let node = 0;
  for (let bits = 0; bits <= MAX_PADDING_BITS; bits++) {
    ends[node] = 1;
    node = tree[node * 2 + 1] ?? 0;
  }
  return { steps: table, mayEnd: ends };
}

function walk(tree: Int16Array, from: number, nibble: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = tree[node * 2 + ((nibble >> bit) & 1)] ?? 0;
    if (child >= 0) {
      node = child;
      continue;
    }
    const symbol = -1 - child;
    if (symbol === EOS) return FAILS;
    emitted = EMITS | (symbol << 8);
    node = 0;
  }
  return emitted | node;
}
