/**
 * What happens again and again: how often each thing did within a window, in memory and bounded. A wake-up forgets it,
 * so a pattern may be told later than it could be.
 */
const WINDOW_MICROS = 600_000_000;
const MAX_SUBJECTS = 1_000;
/** Of one kind in a window: who can make up subjects cannot push all else out of a short list. */
const MAX_TOLD = 10;

interface Seen {
  readonly times: readonly number[];
  readonly toldAt: number;
}

export class Recurrence {
  #seen = new Map<string, Seen>();
  #told = new Map<string, readonly number[]>();

  forget(): void {
    this.#seen.clear();
    this.#told.clear();
  }

  /** It happened at `now` (µs). True when it has `often` times within the window, and that was not told in it yet. */
  happened(kind: string, subject: string, often: number, now: number): boolean {
    const key = `${kind} ${subject}`;
    const since = now - WINDOW_MICROS;
    const { times: before, toldAt } = this.#seen.get(key) ?? { times: [], toldAt: Number.NEGATIVE_INFINITY };
    const times = [...before.filter((time) => time > since), now].slice(-often);
    const told = (this.#told.get(kind) ?? []).filter((time) => time > since);
    const tells = times.length >= often && toldAt <= since && told.length < MAX_TOLD;
    if (this.#seen.size >= MAX_SUBJECTS) this.#seen.clear();
    this.#seen.set(key, { times, toldAt: tells ? now : toldAt });
    if (tells) this.#told.set(kind, [...told, now]);
    return tells;
  }
}
