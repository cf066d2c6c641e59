/**
 * What an export shows about signed answers, checked without us: each signature is by a passkey that the same person had
 * registered in this ledger and not given up, over what the entry says; and what had to be signed is.
 */
import { z } from 'zod';
import { safeRead } from '../field-errors.ts';
import type { JsonValue } from '../json.ts';
import { type AnswerTerms, answerChallenge, assertionFault, Passkey, SignedWith } from './passkey.ts';

export const PASSKEY_REGISTERED = 'hall.passkey.registered';
export const PASSKEY_REVOKED = 'hall.passkey.revoked';

const Registered = z.looseObject({ ...Passkey.shape, user_id: z.string() });
const Revoked = z.looseObject({ credential_id: z.string() });
const Requested = z.looseObject({ approval_id: z.string(), passkey: z.literal(true) });
const Answered = z.looseObject({
  approval_id: z.string(),
  expires_at: z.int(),
  passkey: SignedWith.optional(),
  policy: z.string().nullable(),
  subject_hash: z.string(),
  verdict: z.enum(['approve', 'deny']),
});

const ABOUT = /^(?:wcp\.approval\.|cap\.approval_|hall\.passkey\.)/;
const ANSWERS = /^(?:wcp\.approval\.(?:voted|approved|rejected)|cap\.approval_resolved)$/;

export class PasskeyEvidence {
  readonly #keys = new Map<string, { readonly key: Passkey; readonly person: string }>();
  /** Approvals that had to be signed. */
  readonly #demanded = new Set<string>();

  /** Whether an entry of this type has to be shown here at all. */
  static concerns(type: string): boolean {
    return ABOUT.test(type);
  }

  /** Entries in order; null: nothing is wrong with this one. */
  judge(type: string, actorId: string, body: JsonValue): string | null {
    if (type === PASSKEY_REGISTERED) return this.#register(actorId, body);
    if (type === PASSKEY_REVOKED) {
      const read = safeRead(Revoked, body);
      if (read.success) this.#keys.delete(read.data.credential_id);
      return null;
    }
    if (type.endsWith('requested')) {
      const read = safeRead(Requested, body);
      if (read.success) this.#demanded.add(read.data.approval_id);
      return null;
    }
    return ANSWERS.test(type) ? this.#answer(actorId, body) : null;
  }

  #register(actorId: string, body: JsonValue): string | null {
    const read = safeRead(Registered, body);
    if (!read.success || read.data.user_id !== actorId) return 'a passkey is registered by the person whose it is';
    const { algorithm, credential_id, public_key, rp_id } = read.data;
    if (this.#keys.has(credential_id)) return 'a passkey is registered once';
    this.#keys.set(credential_id, { key: { algorithm, credential_id, public_key, rp_id }, person: actorId });
    return null;
  }

  #answer(actorId: string, body: JsonValue): string | null {
    const read = safeRead(Answered, body);
    // Nobody answered; or it is of a form that says nothing of signatures.
    if (!read.success) return hasMember(body, 'passkey') ? 'a signature of no known form' : null;
    const { approval_id, passkey: signed } = read.data;
    if (signed === undefined) {
      const mustBe = read.data.verdict === 'approve' && this.#demanded.has(approval_id);
      return mustBe ? 'a yes that had to be signed with a passkey is not' : null;
    }
    const known = this.#keys.get(signed.credential_id);
    if (known === undefined || known.person !== actorId) return 'signed with a passkey that the person does not have';
    if (known.key.public_key !== signed.public_key || known.key.rp_id !== signed.rp_id) {
      return 'signed with another key than was registered';
    }
    return assertionFault(known.key, signed, answerChallenge(read.data satisfies AnswerTerms));
  }
}

const hasMember = (body: JsonValue, name: string): boolean =>
  typeof body === 'object' && body !== null && Object.hasOwn(body, name);
