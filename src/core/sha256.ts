/**
 * SHA-256 (FIPS 180-4) in plain JavaScript: for the browser, and for short messages everywhere else, where a call into
 * the runtime and the object it leaves behind cost more than the hash itself.
 * INVARIANT: the message schedule is shared by all hashes, which is safe because a block is never left half done.
 */
import { type Bytes, toHex } from './bytes.ts';

const BLOCK = 64;
const LENGTH_AT = 56;

const words = (hex: string): Int32Array =>
  Int32Array.from(hex.trim().split(/\s+/), (word) => Number.parseInt(word, 16));

/** The first 32 fractional bits of the square roots of the first 8 primes, and of the cube roots of the first 64. */
const INITIAL = words(`
  6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19
`);
const ROUND = words(`
  428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5
  d807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174
  e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da
  983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967
  27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85
  a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070
  19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3
  748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2
`);

const schedule = new Int32Array(BLOCK);

/** One block, already in the first sixteen words of `schedule`. */
function compress(state: Int32Array): void {
  const w = schedule;
  for (let i = 16; i < BLOCK; i++) {
    const x = w[i - 15] ?? 0;
    const y = w[i - 2] ?? 0;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = ((w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1) | 0;
  }
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  let f = state[5] ?? 0;
  let g = state[6] ?? 0;
  let h = state[7] ?? 0;
  for (let i = 0; i < BLOCK; i++) {
    const sigma1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + sigma1 + ((e & f) ^ (~e & g)) + (ROUND[i] ?? 0) + (w[i] ?? 0)) | 0;
    const sigma0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (sigma0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
  state[5] = (state[5] ?? 0) + f;
  state[6] = (state[6] ?? 0) + g;
  state[7] = (state[7] ?? 0) + h;
}

/** All whole blocks of `bytes` from `from` on; where the rest begins. */
function compressBlocks(state: Int32Array, bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  for (; at + BLOCK <= end; at += BLOCK) {
    for (let i = 0, j = at; i < 16; i++, j += 4) {
      schedule[i] =
        ((bytes[j] ?? 0) << 24) | ((bytes[j + 1] ?? 0) << 16) | ((bytes[j + 2] ?? 0) << 8) | (bytes[j + 3] ?? 0);
    }
    compress(state);
  }
  return at;
}

/** The last, unfinished block with its padding, and the length of the whole message in bits. */
function finish(state: Int32Array, bytes: Uint8Array, from: number, end: number, messageLength: number): Bytes {
  schedule.fill(0, 0, 16);
  const rest = end - from;
  for (let i = 0; i < rest; i++) schedule[i >> 2] = (schedule[i >> 2] ?? 0) | ((bytes[from + i] ?? 0) << shift(i));
  schedule[rest >> 2] = (schedule[rest >> 2] ?? 0) | (0x80 << shift(rest));
  if (rest >= LENGTH_AT) {
    compress(state);
    schedule.fill(0, 0, 16);
  }
  schedule[14] = Math.floor(messageLength / 2 ** 29);
  schedule[15] = messageLength << 3;
  compress(state);
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = (state[i >> 2] ?? 0) >>> shift(i);
  return out;
}

const shift = (index: number): number => 24 - 8 * (index & 3);

const shared = new Int32Array(8);

/** SHA-256 of the first `length` bytes. */
export function sha256Of(bytes: Uint8Array, length = bytes.length): Bytes {
  shared.set(INITIAL);
  return finish(shared, bytes, compressBlocks(shared, bytes, 0, length), length, length);
}

/** A message that comes in pieces. */
export class Sha256 {
  readonly #state = Int32Array.from(INITIAL);
  readonly #pending = new Uint8Array(BLOCK);
  #filled = 0;
  #length = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let from = 0;
    if (this.#filled > 0) {
      from = Math.min(BLOCK - this.#filled, bytes.length);
      this.#pending.set(bytes.subarray(0, from), this.#filled);
      this.#filled += from;
      if (this.#filled < BLOCK) return;
      compressBlocks(this.#state, this.#pending, 0, BLOCK);
    }
    from = compressBlocks(this.#state, bytes, from, bytes.length);
    this.#pending.set(bytes.subarray(from));
    this.#filled = bytes.length - from;
  }

  /** Asked once, at the end. */
  hex(): string {
    return toHex(finish(this.#state, this.#pending, 0, this.#filled, this.#length));
  }
}
