/**
 * The careful way to read an entry line of an export: parse, check the shape, compare the canonical form, and say what
 * is wrong.
 */
import { canonicalJson } from '../canonical.ts';
import { parseJson } from '../json.ts';
import { err, ok, type Result } from '../result.ts';
import { readSignedEntry } from './entry.ts';
import { type EntryFacts, factsOf } from './entry-facts.ts';

export interface EntryLineFault {
  readonly label: 'malformed' | 'binding_failed';
  readonly detail: string;
}

/** Containers within containers on one line of an export. */
export const MAX_LINE_DEPTH = 64;

export function readEntryLine(line: string): Result<EntryFacts, EntryLineFault> {
  const parsed = parseJson(line, { maxDepth: MAX_LINE_DEPTH });
  if (!parsed.ok) return err({ label: 'malformed', detail: `${parsed.error.reason} at ${parsed.error.offset}` });
  const value = parsed.value as { readonly entry?: unknown; readonly kind?: unknown } | null;
  if (value?.kind !== 'entry') return err({ label: 'malformed', detail: 'not an entry line' });
  const read = readSignedEntry(value.entry);
  if (!read.ok) return err({ label: 'malformed', detail: `${read.error.reason} ${read.error.member}`.trimEnd() });
  if (canonicalJson({ kind: 'entry', entry: read.value }) !== line) {
    return err({ label: 'binding_failed', detail: 'the line is not in canonical form' });
  }
  return ok(factsOf(read.value));
}
