/** Answers that people sign with passkeys, and what a signature is good for; step-up by signing in anew (check 18). */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test } from 'vitest';
import { answerChallenge } from '../../src/core/approval/passkey.ts';
import { readKeySet } from '../../src/core/ledger/trust.ts';
import { LedgerVerifier } from '../../src/core/ledger/verifier.ts';
import { verifyEd25519 } from '../../src/keys/ring.ts';
import { ApprovalKey, type Assertion, flipped } from '../support/approval-key.ts';
import {
  at,
  closeHalls,
  type HallClient,
  type Members,
  members,
  mustBe,
  openHall,
  type Reply,
  rule,
  send,
  text,
} from '../support/hall-client.ts';
import { joined, ownerOf, type Person, person } from '../support/person.ts';

afterEach(closeHalls);

const asking = (terms: string): string =>
  `rules:\n  - {id: ask, decision: require_approval, reason: ask, approval: ${terms}}\n`;
const publish = async (hall: HallClient, policy: string): Promise<void> => {
  const headers = { 'content-type': 'application/yaml' };
  mustBe(200, await send('PUT', '/v1/policies', { key: hall.key, body: policy, headers }));
};
const under = async (terms: string) => {
  const hall = await openHall({ rules: [rule({ escalation: { policy_gate: true } })] });
  await publish(hall, asking(terms));
  const owner = await ownerOf(hall.tenant);
  return { hall, owner, approver: await joined(owner, hall.tenant, 'approver') };
};
const register = async (who: Person, tenant: string, key: ApprovalKey, signed?: Assertion): Promise<Reply> => {
  const path = `/t/${tenant}/v1/approval-passkeys`;
  const asked = mustBe(200, await who.send('POST', `${path}/challenge`, { public_key: key.publicKey }));
  const assertion = signed ?? (await key.sign(text(asked.challenge)));
  return who.send('POST', path, { name: 'mine', public_key: key.publicKey, assertion });
};
const shown = (hall: HallClient, held: Members): Promise<Members> =>
  hall.get(`/wcp/approvals/${text(held.pending_approval_id)}`);
const resolve = (who: Person, tenant: string, held: Members, decision: string, passkey?: Assertion): Promise<Reply> =>
  who.send('POST', `/t/${tenant}/wcp/approvals/resolve`, {
    pending_approval_id: text(held.pending_approval_id),
    decision,
    ...(decision === 'deny' ? { reason: 'no' } : {}),
    ...(passkey === undefined ? {} : { passkey }),
  });
const refusedAs = ({ status, json }: Reply): unknown => [status, json.code];

const verified = async (hall: HallClient, change: (line: string) => string = (line) => line) => {
  const keys = (await send('GET', '/.well-known/jwks.json')).json;
  const exported = (await send('GET', '/v1/ledger/export', { key: hall.key })).text;
  const verifier = new LedgerVerifier({ verifyEd25519, keys: readKeySet(keys as never) ?? [] });
  for (const line of exported.trimEnd().split('\n')) verifier.line(change(line));
  return verifier.finish();
};

describe('an answer that has to be signed', () => {
  test.each(['ES256', 'EdDSA'] as const)(
    '%s: registered, signed, dispatched, and verified offline',
    async (algorithm) => {
      const { hall, approver } = await under('{passkey: true}');
      const key = await ApprovalKey.make(algorithm);
      expect(mustBe(201, await register(approver, hall.tenant, key))).toMatchObject({ algorithm });
      const held = await hall.ask();
      const approval = await shown(hall, held);
      expect(approval).toMatchObject({ passkey: true });
      expect(refusedAs(await resolve(approver, hall.tenant, held, 'approve'))).toEqual([403, 'passkey_required']);
      const signature = await key.sign(text(at(approval, 'signing_challenges', 'approve')));
      const answer = mustBe(200, await resolve(approver, hall.tenant, held, 'approve', signature));
      expect(answer).toMatchObject({ approval: { state: 'consumed' }, decision: { outcome: 'DISPATCH' } });
      const [entry] = await hall.entriesOf('wcp.approval.approved');
      const body = members(entry?.body);
      expect(body.passkey).toMatchObject({ ...signature, algorithm, rp_id: 'hall.test' });
      // What was signed is what the entry says.
      expect(at(approval, 'signing_challenges', 'approve')).toBe(
        answerChallenge({
          subject_hash: text(body.subject_hash),
          policy: text(body.policy),
          expires_at: Number(body.expires_at),
          verdict: 'approve',
        }),
      );
      expect(await verified(hall)).toMatchObject({ ok: true });
      expect(at(await hall.get(`/v1/decisions/${text(at(answer, 'decision', 'decision_id'))}`), 'recomputed')).toBe(
        'same',
      );
    },
  );

  test('a profile demands it, of a rule that only asks for somebody', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const human_oversight = { worker_risk: { unknown: 'hold' }, passkey: true };
    const profile = { profile_id: 'org.test.signed', version: '1.0.0', title: 'Signed', human_oversight };
    mustBe(201, await hall.send('POST', '/v1/profiles', profile));
    mustBe(200, await hall.send('POST', '/v1/profiles/org.test.signed/activate', {}));
    const held = await hall.ask();
    expect(await shown(hall, held)).toMatchObject({ passkey: true });
    expect(refusedAs(await resolve(owner, hall.tenant, held, 'approve'))).toEqual([403, 'passkey_required']);
    const { key } = await hall.newKey(['hall:approve', 'hall:read']);
    const body = { pending_approval_id: text(held.pending_approval_id), decision: 'approve' };
    const typed = await send('POST', '/wcp/approvals/resolve', { key, body });
    expect(refusedAs(typed)).toEqual([403, 'passkey_required']);
  });

  test('a signature is good for one answer to one question, by one person', async () => {
    const { hall, owner, approver } = await under('{passkey: true}');
    const [key, theirs] = [await ApprovalKey.make(), await ApprovalKey.make()];
    mustBe(201, await register(approver, hall.tenant, key));
    mustBe(201, await register(owner, hall.tenant, theirs));
    const [held, other] = [await hall.ask(), await hall.ask({ request: { other: 1 } })];
    const { approve, deny } = members((await shown(hall, held)).signing_challenges);
    const good = await key.sign(text(approve));
    const attempts: readonly [string, Person, Members, Assertion][] = [
      ['on another question', approver, other, good],
      ['for the other verdict', approver, held, await key.sign(text(deny))],
      ['by somebody else', owner, held, good],
      ['with a bit flipped', approver, held, { ...good, signature: flipped(good.signature) }],
      ['other data', approver, held, { ...good, authenticator_data: flipped(good.authenticator_data) }],
      ['on another site', approver, held, await key.sign(text(approve), { origin: 'https://evil.test' })],
      ['for another site', approver, held, await key.sign(text(approve), { rpId: 'evil.test' })],
      ['nobody verified', approver, held, await key.sign(text(approve), { flags: 0b001 })],
      ['a registration', approver, held, await key.sign(text(approve), { type: 'webauthn.create' })],
      ['raw r and s', approver, held, { ...good, signature: 'A'.repeat(86) }],
      ['an unknown key', approver, held, await (await ApprovalKey.make()).sign(text(approve))],
    ];
    for (const [what, who, of, signature] of attempts) {
      const refused = await resolve(who, hall.tenant, of, 'approve', signature);
      expect([what, refused.status, refused.json.code]).toEqual([what, 403, 'answer_signature_invalid']);
    }
    expect(await hall.entriesOf('wcp.approval.refused')).toHaveLength(attempts.length);
    mustBe(200, await resolve(approver, hall.tenant, held, 'approve', good));
    expect(refusedAs(await resolve(approver, hall.tenant, other, 'approve', good))).toEqual([
      403,
      'answer_signature_invalid',
    ]);
    const no = await theirs.sign(text(at(await shown(hall, other), 'signing_challenges', 'deny')));
    expect(mustBe(200, await resolve(owner, hall.tenant, other, 'deny', no))).toMatchObject({
      approval: { state: 'rejected' },
    });
    expect(await verified(hall)).toMatchObject({ ok: true });
  });

  test('under another policy it is shown and signed anew', async () => {
    const { hall, approver } = await under('{passkey: true}');
    const key = await ApprovalKey.make();
    mustBe(201, await register(approver, hall.tenant, key));
    const job = mustBe(200, await hall.send('POST', '/api/v1/jobs', { topic: 'job.x' }));
    const held = { pending_approval_id: job.approval_id };
    const before = await key.sign(text(at(await shown(hall, held), 'signing_challenges', 'approve')));
    await publish(hall, `${asking('{passkey: true}')}  - {id: more, decision: allow, match: {topics: [job.y]}}\n`);
    const stale = await resolve(approver, hall.tenant, held, 'approve', before);
    expect(refusedAs(stale)).toEqual([409, 'approval_stale_snapshot']);
    expect(refusedAs(await resolve(approver, hall.tenant, held, 'approve', before))).toEqual([
      403,
      'answer_signature_invalid',
    ]);
    const anew = await key.sign(text(at(await shown(hall, held), 'signing_challenges', 'approve')));
    expect(mustBe(200, await resolve(approver, hall.tenant, held, 'approve', anew))).toMatchObject({
      job: { state: 'SCHEDULED' },
    });
    expect(await verified(hall)).toMatchObject({ ok: true });
  });
});

describe('passkeys', () => {
  test('are of people, of who holds the key, once, and given up for good', async () => {
    const { hall, owner, approver } = await under('{passkey: true}');
    const key = await ApprovalKey.make();
    const path = `/t/${hall.tenant}/v1/approval-passkeys`;
    const challenge = { public_key: key.publicKey };
    expect(
      refusedAs(await send('POST', '/v1/approval-passkeys/challenge', { key: hall.key, body: challenge })),
    ).toEqual([403, 'insufficient_scope']);
    const stolen = await key.sign(
      text(mustBe(200, await owner.send('POST', `${path}/challenge`, challenge)).challenge),
    );
    expect(refusedAs(await register(approver, hall.tenant, key, stolen))).toEqual([403, 'answer_signature_invalid']);
    mustBe(201, await register(approver, hall.tenant, key));
    expect(refusedAs(await register(approver, hall.tenant, key))).toEqual([409, 'already_exists']);
    expect(at(await approver.get(path), 'passkeys', 0)).toMatchObject({
      credential_id: key.credentialId,
      name: 'mine',
    });
    expect((await owner.get(path)).count).toBe(0);
    const stranger = await person();
    expect((await stranger.send('GET', path)).status).toBe(404);
    const auditor = await joined(owner, hall.tenant, 'auditor');
    expect(refusedAs(await register(auditor, hall.tenant, await ApprovalKey.make()))).toEqual([
      403,
      'insufficient_scope',
    ]);

    const held = await hall.ask();
    const signature = await key.sign(text(at(await shown(hall, held), 'signing_challenges', 'approve')));
    mustBe(200, await approver.send('DELETE', `${path}/${key.credentialId}`));
    expect(refusedAs(await resolve(approver, hall.tenant, held, 'approve', signature))).toEqual([
      403,
      'answer_signature_invalid',
    ]);
    expect(refusedAs(await register(approver, hall.tenant, key))).toEqual([409, 'already_exists']);
    expect(refusedAs(await approver.send('DELETE', `${path}/${key.credentialId}`))).toEqual([404, 'not_found']);
    expect(await verified(hall)).toMatchObject({ ok: true });
  });
});

describe('check 18: msavx_step_up', () => {
  test('is answered by a person who has just signed in, or who signs', async () => {
    const hall = await openHall({ rules: [rule({ escalation: { msavx_step_up: true } })] });
    const owner = await ownerOf(hall.tenant);
    const approver = await joined(owner, hall.tenant, 'approver');
    const held = await hall.ask();
    expect(mustBe(200, await resolve(approver, hall.tenant, held, 'approve'))).toMatchObject({
      decision: { outcome: 'DISPATCH' },
    });
    const key = await ApprovalKey.make();
    mustBe(201, await register(approver, hall.tenant, key));
    const later = await hall.ask({ request: { later: 1 } });
    // As if they had signed in six minutes ago.
    await env.DB.prepare('UPDATE sessions SET created_at = created_at - 360000 WHERE user_id = ?')
      .bind(approver.userId)
      .run();
    expect(refusedAs(await resolve(approver, hall.tenant, later, 'approve'))).toEqual([403, 'step_up_required']);
    expect(refusedAs(await register(approver, hall.tenant, await ApprovalKey.make()))).toEqual([
      403,
      'step_up_required',
    ]);
    const signature = await key.sign(text(at(await shown(hall, later), 'signing_challenges', 'approve')));
    mustBe(200, await resolve(approver, hall.tenant, later, 'approve', signature));
  });
});
