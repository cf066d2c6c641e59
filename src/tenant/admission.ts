/** Who may command or read a tenant at all, and whether it can commit now: asked before anything is planned. */
import type { Scope } from '../core/caller.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Command, Credential, Envelope, SubmitReply } from './commands.ts';
import type { Parts } from './parts.ts';

/** What is still done when a tenant was closed. */
const ENDING: readonly Command['kind'][] = ['tenant.close', 'tenant.erase', 'tick'];

/** What admits a worker. */
const needsLease = ({ kind }: Command): boolean =>
  kind === 'route' || kind === 'dispatch.start' || kind === 'approval.resolve' || kind === 'approval.reevaluate';

export class Admission {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Null: may commit. */
  admit(envelope: Envelope, nowMs: number): SubmitReply | null {
    const { set } = this.#parts.signatories;
    if (envelope.signatories !== null && envelope.signatories !== set.version) {
      return { kind: 'needs_signatories', signatories: set };
    }
    for (const command of envelope.commands) {
      const absent = this.#isAbsent(envelope.credential, command);
      if (absent !== null) return { kind: 'refused', refusal: absent };
    }
    const { credential, commands } = envelope;
    const refusals = commands.flatMap((command) => {
      const judged = this.#parts.keys.judgeCommand(credential, command, nowMs);
      return judged.ok ? [] : [judged.error];
    });
    // Who is nobody here is not counted: a key that was revoked must not use up what the others may ask.
    const nobody = refusals.find(isNobody);
    if (nobody !== undefined) return { kind: 'refused', refusal: nobody };
    const waits = refusals.length === 0 ? this.#mustWait(envelope, nowMs) : null;
    if (waits !== null) return waits;
    const why = this.#count(credential, commands.length, nowMs) ?? refusals[0];
    return why === undefined ? null : { kind: 'refused', refusal: why };
  }

  /** A tenant that was not made yet, or has ended; its name is never given again. */
  #isAbsent(credential: Credential, command: Command | null): Refusal | null {
    const { exists, ended } = this.#parts.info;
    if (exists && ended === null) return null;
    if (command?.kind === 'tenant.create') return exists ? refusal('already_exists') : null;
    // Closed and not erased yet: the operator reads it out, and the rest of its end takes place.
    const isEnding = ended === 'closed' && (command === null || ENDING.includes(command.kind));
    if (isEnding && credential.kind === 'operator') return null;
    return refusal(credential.kind === 'operator' ? 'not_found' : 'unauthorized');
  }

  /** What keeps the object itself from committing; the same call comes again when it is brought. */
  #mustWait(envelope: Envelope, nowMs: number): SubmitReply | null {
    if (!this.#parts.anchor.isJudged) return { kind: 'needs_witness' };
    if (this.#parts.anchor.isFrozen) return { kind: 'refused', refusal: refusal('ledger_frozen') };
    if (this.#parts.anchor.overdue(nowMs)) return { kind: 'needs_checkpoint' };
    if (!envelope.withoutLease && !this.#parts.bans.isFresh() && envelope.commands.some(needsLease)) {
      return { kind: 'needs_lease', request: this.#parts.bans.request() };
    }
    return null;
  }

  /** Counts requests against the limits of the tenant and of the key; the operator's are not limited. */
  #count(credential: Credential, requests: number, nowMs: number): Refusal | null {
    if (credential.kind === 'operator' || credential.kind === 'leaked_key') return null;
    if ('counted' in credential && credential.counted === true) return null;
    const limits = [this.#parts.info.limit, this.#parts.keys.limitOf(credential)].filter((limited) => limited !== null);
    return this.#parts.limits.take(limits, requests, nowMs);
  }

  mayRead(credential: Credential | null, scope: Scope | 'any'): Result<null, Refusal> {
    if (credential === null) return err(refusal('unauthorized'));
    const absent = this.#isAbsent(credential, null);
    if (absent !== null) return err(absent);
    const nowMs = this.#parts.ledger.nowMs();
    const judged = this.#parts.keys.judge(credential, scope, nowMs);
    if (!judged.ok && isNobody(judged.error)) return judged;
    const limited = this.#count(credential, 1, nowMs);
    if (limited !== null) return err(limited);
    // Where nobody writes, the last use of a key is written all the same, once a minute.
    if (this.#parts.keys.mustStoreUse(nowMs)) this.#parts.ledger.note(() => this.#parts.keys.storeUse(nowMs));
    if (!judged.ok) return judged;
    return credential.kind === 'signatory' && !this.#parts.signatories.enterToRead(credential.vouched)
      ? err(refusal('unauthorized'))
      : ok(null);
  }
}

const isNobody = ({ code }: Refusal): boolean => code === 'unauthorized' || code === 'address_not_allowed';
