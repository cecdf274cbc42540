/**
 * Writes the BLAKE3 compression function as straight-line AssemblyScript, eight blocks wide.
 *
 * Source: O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere", 2020,
 * section 2.2 (compression), tables 2 and 3. The text is generated because a loop over rounds would
 * keep the message words in memory, and seven rounds by hand are 1,400 lines nobody can audit.
 *
 * One block takes one 32-bit lane. Lanes 0 to 3 are the vectors v0 … v15, lanes 4 to 7 the vectors
 * w0 … w15. The two halves have no data in common: one alone waits for its own results (31 ns a
 * block), both together keep the processor busy (21 ns).
 */

/** Where message word i of a round comes from in the round before (table 2). */
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const ROUNDS = 7;

// A swizzle with constant indices is one instruction; a shuffle also rebuilds its indices each time.
const ROTATE_RIGHT_16 = 'i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)';
const ROTATE_RIGHT_8 = 'i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)';

const rotateRight = {
  16: (x) => `i8x16.swizzle(${x}, ${ROTATE_RIGHT_16})`,
  12: (x) => `v128.or(i32x4.shr_u(${x}, 12), i32x4.shl(${x}, 20))`,
  8: (x) => `i8x16.swizzle(${x}, ${ROTATE_RIGHT_8})`,
  7: (x) => `v128.or(i32x4.shr_u(${x}, 7), i32x4.shl(${x}, 25))`,
};

const HALVES = [
  { state: 'v', message: 'm', offset: 0 },
  { state: 'w', message: 'n', offset: 16 },
];

/**
 * Returns the text of one compression function without parameters, which works on fixed addresses.
 *
 * It reads the sixteen words of the starting state (STATE), the counters (COUNTER_LOW, COUNTER_HIGH) and
 * the message (BLOCK), and writes output words (RESULT); word i of lane l is at `32 i + 4 l`.
 *
 * @param {object} shape
 * @param {string} shape.name  of the function.
 * @param {number} shape.words  message words that may differ from zero: the first `words` of sixteen.
 * @param {number} shape.columnsDone  how many of the four columns of round 0, counted from the last, the
 *   starting state already contains; they must depend on no message word below `words` and on no counter.
 * @param {readonly number[]} shape.outputs  which output words to write. What only the others need is dead
 *   code, which the compilers drop: for one word, two of the last four diagonals and more.
 */
export function unrollCompression({ name, words, columnsDone, outputs }) {
  const lines = [];
  for (const { state, message, offset } of HALVES) {
    for (let i = 0; i < words; i++) lines.push(`let ${message}${i} = v128.load(BLOCK, ${32 * i + offset});`);
    for (let i = 0; i < 16; i++) lines.push(`let ${state}${i} = ${initial(i, offset)};`);
  }
  let schedule = PERMUTATION.map((_, i) => i);
  for (let round = 0; round < ROUNDS; round++) {
    const s = schedule;
    const columns = [
      [0, 4, 8, 12, s[0], s[1]],
      [1, 5, 9, 13, s[2], s[3]],
      [2, 6, 10, 14, s[4], s[5]],
      [3, 7, 11, 15, s[6], s[7]],
    ];
    const diagonals = [
      [0, 5, 10, 15, s[8], s[9]],
      [1, 6, 11, 12, s[10], s[11]],
      [2, 7, 8, 13, s[12], s[13]],
      [3, 4, 9, 14, s[14], s[15]],
    ];
    for (const mix of [...columns.slice(0, round === 0 ? 4 - columnsDone : 4), ...diagonals]) {
      for (const half of HALVES) lines.push(...quarterRound(half, mix, words));
    }
    schedule = PERMUTATION.map((from) => s[from]);
  }
  for (const { state, offset } of HALVES) {
    for (const i of outputs) {
      const other = i < 8 ? `${state}${i + 8}` : `v128.load(CHAIN, ${16 * (i - 8)})`;
      lines.push(`v128.store(RESULT, v128.xor(${state}${i}, ${other}), ${32 * i + offset});`);
    }
  }
  return `function ${name}(): void {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
}

// The counter differs from lane to lane; every other word of the starting state is the same in all.
function initial(i, offset) {
  if (i === 12) return `v128.load(COUNTER_LOW, ${offset})`;
  if (i === 13) return `v128.load(COUNTER_HIGH, ${offset})`;
  return `v128.load(STATE, ${16 * i})`;
}

/** The function G of table 3, without the additions of message words that are always zero. */
function quarterRound({ state, message }, [a, b, c, d, first, second], words) {
  const [va, vb, vc, vd] = [a, b, c, d].map((i) => `${state}${i}`);
  const step = (word, far, near) => [
    `${va} = i32x4.add(${word < words ? `i32x4.add(${va}, ${message}${word})` : va}, ${vb});`,
    `${vd} = v128.xor(${vd}, ${va});`,
    `${vd} = ${rotateRight[far](vd)};`,
    `${vc} = i32x4.add(${vc}, ${vd});`,
    `${vb} = v128.xor(${vb}, ${vc});`,
    `${vb} = ${rotateRight[near](vb)};`,
  ];
  return [...step(first, 16, 12), ...step(second, 8, 7)];
}
