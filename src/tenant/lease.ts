/**
 * The holder's end of a ban lease (DESIGN §7), in memory only: an object that wakes up holds none.
 *
 * INVARIANT: a lease counts from the moment this object *asked*, on its own clock, and only for the wake-up in which it
 * asked: a request is named by a random nonce, so that an answer to an earlier wake-up finds nothing here.
 */
import type { BanPosition } from '../core/registry/ban.ts';

/** A request for a lease, to be carried to the network; `nonce` names the moment it was made. */
export interface LeaseRequest {
  readonly nonce: string;
  readonly since: BanPosition;
}

/** Callers that ask within this time ask together: the nonce is that of the first. */
const TOGETHER_MS = 500;
const OUTSTANDING = 16;

interface Asked {
  readonly nonce: string;
  readonly at: number;
}

export class Lease {
  #until = 0;
  #lengthMs = 0;
  /** Requests that were not answered yet, oldest first. */
  #asked: readonly Asked[] = [];
  #latest = 0;

  isHeld(nowMs: number): boolean {
    this.#see(nowMs);
    return nowMs < this.#until;
  }

  /** The nonce of a request made now. */
  ask(nowMs: number, newId: () => string): string {
    this.#see(nowMs);
    const last = this.#asked.at(-1);
    if (last !== undefined && nowMs - last.at < TOGETHER_MS) return last.nonce;
    const asked = { nonce: newId(), at: nowMs };
    // Beyond that the oldest are given up: their answers were lost.
    this.#asked = [...this.#asked, asked].slice(-OUTSTANDING);
    return asked.nonce;
  }

  /** Half over, and not asked for just now: renewals ride along, off the decision path. */
  isDue(nowMs: number): boolean {
    const lastAsked = this.#asked.at(-1)?.at ?? 0;
    return nowMs >= this.#until - this.#lengthMs / 2 && nowMs - lastAsked >= 2 * TOGETHER_MS;
  }

  /** An answer to the request `nonce`; false when it is not one of this wake-up. */
  take(nonce: string, lengthMs: number): boolean {
    const asked = this.#asked.find((request) => request.nonce === nonce);
    if (asked === undefined) return false;
    this.#asked = this.#asked.filter((request) => request.at > asked.at);
    this.#until = Math.max(this.#until, asked.at + lengthMs);
    this.#lengthMs = lengthMs;
    return true;
  }

  /** A clock that went back measures no durations: what was held, or asked for, before is void. */
  #see(nowMs: number): void {
    if (nowMs < this.#latest) {
      this.#until = 0;
      this.#asked = [];
    }
    this.#latest = nowMs;
  }
}
