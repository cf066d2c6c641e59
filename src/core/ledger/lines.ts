/** Cuts a byte stream into lines for the verifier, bytes as they came. */
import { concat } from '../bytes.ts';

const NEWLINE = 0x0a;

export class LineSplitter {
  #rest: Uint8Array = new Uint8Array();

  /** The lines that these bytes complete, without their newlines. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const piece = chunk.subarray(from, end);
      yield this.#rest.length === 0 ? piece : concat(this.#rest, piece);
      this.#rest = new Uint8Array();
      from = end + 1;
    }
    if (from < chunk.length) this.#rest = concat(this.#rest, chunk.subarray(from));
  }

  /** Bytes after the last newline; an export has none. */
  get hasRest(): boolean {
    return this.#rest.length > 0;
  }
}
