/**
 * What an administrative act changes (FORMATS 15): the document that it concerns, before and after, by hash. Whoever
 * holds the document can show what it was; whoever does not learns nothing that the rest of the entry does not say.
 */
import { canonicalJson } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';

/** Hex SHA-256 of canonical JSON; null: there is none. */
export interface Change {
  readonly before: string | null;
  readonly after: string | null;
}

export const documentHash = (document: object | null): string | null =>
  document === null ? null : sha256Hex(canonicalJson(document));

export const changeOf = (before: object | null, after: object | null): Change => ({
  before: documentHash(before),
  after: documentHash(after),
});

/** An act that changes nothing, but of which somebody has to be able to learn: a secret was shown, a test was sent. */
export const unchanged = (document: object): Change => changeOf(document, document);
