/**
 * The export file of a ledger: NDJSON, every line canonical JSON and ended by one newline, in this order: header,
 * contents (by hash), entries (by seq), published checkpoints (by size), end with the SHA-256 of all lines before it.
 * Written here; read and judged by `verifier.ts`.
 */
import { canonicalJson } from '../canonical.ts';
import { type Sha256Stream, sha256Stream } from '../hash.ts';
import type { PublicKeyJwk } from './trust.ts';

export const EXPORT_VERSION = 1;

export interface ExportHeader {
  readonly tenant: string;
  /** The log's origin, `<LOG_ORIGIN>/<tenant>`. */
  readonly origin: string;
  /** The last seq in the file; the first is 1. */
  readonly to: number;
  readonly keys: readonly PublicKeyJwk[];
}

/** Gives each line, newline included, in the order of the file; keeps the running hash. */
export class ExportWriter {
  readonly #hash: Sha256Stream = sha256Stream();
  #entries = 0;

  header({ tenant, origin, to, keys }: ExportHeader): string {
    return this.#line(canonicalJson({ kind: 'header', v: EXPORT_VERSION, tenant, origin, from: 1, to, keys }));
  }

  /** `valueText` is the canonical JSON that `hash` is the SHA-256 of. */
  content(hash: string, valueText: string): string {
    return this.#line(`{"hash":"${hash}","kind":"content","value":${valueText}}`);
  }

  /** `signedText` as `signedEntryText` makes it. */
  entry(signedText: string): string {
    this.#entries++;
    return this.#line(`{"entry":${signedText},"kind":"entry"}`);
  }

  checkpoint(note: string): string {
    return this.#line(canonicalJson({ kind: 'checkpoint', note }));
  }

  end(): string {
    return `${canonicalJson({ kind: 'end', entries: this.#entries, sha256: this.#hash.hex() })}\n`;
  }

  #line(text: string): string {
    const line = `${text}\n`;
    this.#hash.update(line);
    return line;
  }
}
