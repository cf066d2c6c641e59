/** From checkpoint to checkpoint, newest first: each opened here, and proved to continue the one before it. */
import { getJson } from '../api/http.ts';
import { isExtended, openNote, seenOf } from './log.ts';

export interface Stop {
  readonly size: number;
  /** When a witness signed it, ms; null: it could not be opened. */
  readonly witnessedAt: number | null;
  readonly witnesses: readonly string[];
  /** Size of the one before it; null: it is the first, or not known yet. */
  readonly from: number | null;
  /** What is wrong, or null. */
  readonly fault: string | null;
}

interface Page {
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[];
}

export interface Walked {
  readonly stops: readonly Stop[];
  /** Where the walk goes on, or null at the first checkpoint. */
  readonly next: string | null;
}

/** Checkpoints of one stretch, and one more, to which the last of them is held. */
const STRETCH = 25;

export const walkBack = async (cursor: string | null, jwks: unknown): Promise<Walked> => {
  const { checkpoints } = await getJson<Page>('/v1/ledger/checkpoints', { limit: STRETCH + 1, cursor });
  const opened = await Promise.all(checkpoints.map(({ note }) => openNote(note, jwks)));
  const judged = checkpoints.slice(0, STRETCH).map(async ({ size }, index): Promise<Stop> => {
    const [one, before] = [opened[index], opened[index + 1]];
    const stop = { size, witnessedAt: null, witnesses: [], from: null, fault: null };
    if (typeof one !== 'object') return { ...stop, fault: one ?? 'it is missing' };
    const seen = {
      ...stop,
      witnessedAt: Math.max(...one.cosigned.map(({ timestamp }) => timestamp)) * 1000,
      witnesses: one.cosigned.map(({ name }) => name),
    };
    if (one.size !== size) return { ...seen, fault: `it says ${one.size} entries` };
    // The one before is told of in its own row.
    if (typeof before !== 'object') return seen;
    if (before.origin !== one.origin) return { ...seen, from: before.size, fault: 'it is of another log' };
    const continues = await isExtended(seenOf(before), seenOf(one));
    return { ...seen, from: before.size, fault: continues ? null : `it does not continue the one of ${before.size}` };
  });
  const stops = await Promise.all(judged);
  const last = stops.at(-1);
  return { stops, next: checkpoints.length <= STRETCH || last === undefined ? null : String(last.size) };
};
