/** Members of a tenant: each role does what the table says, and no more; changes are entries; owners look after owners. */
import { afterEach, describe, expect, test } from 'vitest';
import { permissionsOf, ROLES, type Role } from '../../src/core/access/roles.ts';
import { canonicalJson } from '../../src/core/canonical.ts';
import { sha256Hex } from '../../src/core/hash.ts';
import {
  closeHalls,
  type Json,
  list,
  type Members,
  mustBe,
  openHall,
  question,
  send,
  text,
} from '../support/hall-client.ts';
import { joined, mailTo, ownerOf, person, tokenIn } from '../support/person.ts';

afterEach(closeHalls);

const POLICY = { policy_version: 'policy.v9', default: 'DENY', rules: [] };
/** For each permission, an act that needs just this one. */
const ACTS: readonly (readonly [permission: string, method: string, path: string, body?: Json])[] = [
  ['hall:read', 'GET', '/v1/workers'],
  ['ledger:read', 'GET', '/v1/ledger/entries'],
  ['hall:route', 'POST', '/wcp/route', question()],
  ['hall:enroll', 'DELETE', '/v1/workers/org.test.summarizer'],
  ['policy:write', 'PUT', '/v1/policies', POLICY],
  ['hall:admin', 'PATCH', '/v1/settings', { strict: false }],
  ['hall:admin', 'GET', '/v1/keys'],
  ['members:manage', 'POST', '/v1/invitations', { email: 'nobody@example.com', role: 'auditor' }],
];

describe('a role', () => {
  test.each(ROLES.filter((role) => role !== 'owner'))('%s does what the table says, and no more', async (role) => {
    const hall = await openHall();
    const somebody = await joined(await ownerOf(hall.tenant), hall.tenant, role);
    for (const [permission, method, path, body] of ACTS) {
      const reply = await somebody.send(method, path, body);
      const allowed = permissionsOf(role as Role).some((held) => held === permission);
      if (allowed) expect(reply.status, `${role}: ${method} ${path} ${reply.text}`).toBeLessThan(300);
      else expect([reply.status, reply.json.code], `${role}: ${method} ${path}`).toEqual([403, 'insufficient_scope']);
    }
  });

  test('acts under the name of the person, and gives keys no more than it has', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const made = mustBe(201, await owner.send('POST', '/v1/keys', { name: 'mine', scopes: ['hall:read'] }));
    const entry = (await hall.entriesOf('hall.key.created')).at(-1);
    expect(entry).toMatchObject({
      actor: { kind: 'human', id: owner.userId, role: 'owner' },
      body: { key_id: made.key_id },
    });
    expect(JSON.stringify(await hall.entries())).not.toContain(owner.email);
  });
});

describe('members', () => {
  test('invitations are no way to have a stranger flooded with mails', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const email = `flooded-${crypto.randomUUID().slice(0, 8)}@example.com`;
    const invite = (to: string) => owner.send('POST', '/v1/invitations', { email: to, role: 'auditor' });
    for (let at = 0; at < 4; at++) mustBe(201, await invite(at % 2 === 0 ? email : email.toUpperCase()));
    const size = await hall.ledgerSize();
    const refused = await invite(email);
    expect([refused.status, refused.json.code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60);
    expect(await hall.ledgerSize()).toBe(size);
    mustBe(201, await invite(`other-${email}`));
  });

  test('are invited by mail, join once, change, and leave; each is an entry', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const somebody = await person();
    mustBe(201, await owner.send('POST', '/v1/invitations', { email: somebody.email, role: 'auditor' }));
    const token = tokenIn(await mailTo(somebody.email), 'invitation');
    const accept = (who: typeof somebody) => who.send('POST', '/v1/account/invitations/accept', { token });
    // The link alone is not enough: it is for one address.
    expect((await accept(await person())).json.code).toBe('link_invalid');
    const both = await Promise.all([accept(somebody), accept(somebody)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    const seen = list((await owner.get('/v1/members')).members);
    expect(seen.map(({ email, role }) => [email, role]).sort()).toEqual(
      [
        [owner.email, 'owner'],
        [somebody.email, 'auditor'],
      ].sort(),
    );
    mustBe(200, await owner.send('PATCH', `/v1/members/${somebody.userId}`, { role: 'admin' }));
    mustBe(200, await somebody.send('PATCH', '/v1/settings', { strict: false }));
    mustBe(200, await somebody.send('DELETE', `/v1/members/${somebody.userId}`));
    expect((await somebody.send('GET', `/t/${hall.tenant}/v1/workers`)).status).toBe(404);
    const acts = (await hall.entries()).filter(({ type }) => text(type).startsWith('hall.member.'));
    expect(acts.map(({ type, body }) => [type, (body as Members).from, (body as Members).to])).toEqual([
      ['hall.member.joined', null, 'owner'],
      ['hall.member.invited', null, 'auditor'],
      ['hall.member.joined', null, 'auditor'],
      ['hall.member.changed', 'auditor', 'admin'],
      ['hall.member.removed', 'admin', null],
    ]);
    const role = (of: string): string => sha256Hex(canonicalJson({ member: somebody.userId, role: of }));
    expect(acts[3]?.body).toMatchObject({ member: somebody.userId, before: role('auditor'), after: role('admin') });
    // Who let somebody in is found by the invitation, and nobody by their address.
    expect(acts[2]?.body).toMatchObject({ invitation_id: (acts[1]?.body as Members | undefined)?.member });
  });

  test('what somebody made goes with what they may do, by whatever key they made it; unless it is to stay', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const admin = await joined(owner, hall.tenant, 'admin');
    const make = async (by: { send: typeof admin.send }, scopes: string[]): Promise<Members> =>
      mustBe(201, await by.send('POST', '/v1/keys', { name: 'made', scopes }));
    const works = async (made: Members): Promise<number> =>
      (await send('GET', '/v1/workers', { key: text(made.api_key) })).status;
    const [reads, rules] = [await make(admin, ['hall:read']), await make(admin, ['hall:admin', 'hall:read'])];
    const child = {
      send: (method: string, path: string, body?: Json) =>
        send(method, path, { key: text(rules.api_key), ...(body === undefined ? {} : { body }) }),
    };
    const grandchild = await make(child, ['hall:read', 'hall:admin']);
    const others = await make(owner, ['hall:read']);

    const kept = await owner.send('PATCH', `/v1/members/${admin.userId}`, { role: 'auditor', keep_keys: true });
    expect([mustBe(200, kept).keys_revoked, await works(rules)]).toEqual([[], 200]);
    mustBe(200, await owner.send('PATCH', `/v1/members/${admin.userId}`, { role: 'admin' }));
    const demoted = mustBe(200, await owner.send('PATCH', `/v1/members/${admin.userId}`, { role: 'auditor' }));
    expect(demoted.keys_revoked).toEqual([rules.key_id, grandchild.key_id].sort());
    expect(await Promise.all([reads, rules, grandchild, others].map(works))).toEqual([200, 401, 401, 200]);
    const removed = mustBe(200, await owner.send('DELETE', `/v1/members/${admin.userId}`));
    expect([removed.keys_revoked, await works(reads), await works(others)]).toEqual([[reads.key_id], 401, 200]);
    expect((await hall.entriesOf('hall.member.removed')).at(-1)?.body).toMatchObject({ keys_revoked: [reads.key_id] });
  });

  test('whoever may invite no more has invited nobody: their invitations end with it, and those of their keys', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const admin = await joined(owner, hall.tenant, 'admin');
    const { api_key: key } = mustBe(201, await admin.send('POST', '/v1/keys', { name: 'x', scopes: ['hall:admin'] }));
    const [theirs, ofKey, others] = [await person(), await person(), await person()];
    const invite = (email: string) => ({ email, role: 'admin' });
    mustBe(201, await admin.send('POST', '/v1/invitations', invite(theirs.email)));
    mustBe(201, await send('POST', '/v1/invitations', { key: text(key), body: invite(ofKey.email) }));
    mustBe(201, await owner.send('POST', '/v1/invitations', invite(others.email)));
    mustBe(200, await owner.send('DELETE', `/v1/members/${admin.userId}`));
    const accept = async (guest: typeof theirs): Promise<number> => {
      const token = tokenIn(await mailTo(guest.email), 'invitation');
      return (await guest.send('POST', '/v1/account/invitations/accept', { token })).status;
    };
    expect([await accept(theirs), await accept(ofKey), await accept(others)]).toEqual([400, 400, 200]);
    expect((await hall.entriesOf('hall.member.uninvited')).length).toBe(2);
  });

  test('an invitation that was withdrawn opens nothing', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const somebody = await person();
    const made = mustBe(201, await owner.send('POST', '/v1/invitations', { email: somebody.email, role: 'owner' }));
    expect(list((await owner.get('/v1/invitations')).invitations)).toMatchObject([{ email: somebody.email }]);
    const token = tokenIn(await mailTo(somebody.email), 'invitation');
    mustBe(200, await owner.send('DELETE', `/v1/invitations/${text(made.invitation_id)}`));
    const late = await somebody.send('POST', '/v1/account/invitations/accept', { token });
    expect([late.status, late.json.code]).toEqual([400, 'link_invalid']);
  });

  test('an admin, or a key, makes no owner and touches none; the last owner stays', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const admin = await joined(owner, hall.tenant, 'admin');
    for (const by of [admin, hall]) {
      for (const attempt of [
        by.send('POST', '/v1/invitations', { email: 'x@example.com', role: 'owner' }),
        by.send('PATCH', `/v1/members/${admin.userId}`, { role: 'owner' }),
      ]) {
        const refused = await attempt;
        expect([refused.status, refused.json.code]).toEqual([403, 'insufficient_scope']);
      }
    }
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PATCH', { role: 'auditor' }],
    ] as const) {
      const refused = await owner.send(method, `/v1/members/${owner.userId}`, body);
      expect([refused.status, refused.json.code]).toEqual([409, 'last_owner']);
    }
    mustBe(200, await owner.send('PATCH', `/v1/members/${admin.userId}`, { role: 'owner' }));
    expect((await hall.send('DELETE', `/v1/members/${owner.userId}`)).json.code).toBe('insufficient_scope');
    // Two owners who remove each other at once: one stays.
    await Promise.all([
      owner.send('DELETE', `/v1/members/${admin.userId}`),
      admin.send('DELETE', `/v1/members/${owner.userId}`),
    ]);
    const left = list((await hall.get('/v1/members')).members);
    expect(left.map(({ role }) => role)).toEqual(['owner']);
  });

  test('a session opens no other tenant: absent and not yours are answered alike', async () => {
    const [mine, theirs] = [await openHall(), await openHall()];
    const owner = await ownerOf(mine.tenant);
    await ownerOf(theirs.tenant);
    for (const [method, path, body] of [
      ['GET', '/v1/members'],
      ['GET', '/v1/keys'],
      ['PATCH', '/v1/settings', {}],
    ] as const) {
      const [foreign, absent] = [
        await owner.send(method, `/t/${theirs.tenant}${path}`, body),
        await owner.send(method, `/t/no-such-tenant${path}`, body),
      ];
      expect([foreign.status, { ...foreign.json, instance: '' }]).toEqual([404, { ...absent.json, instance: '' }]);
    }
    const cookie = owner.cookie;
    expect((await send('GET', '/wcp/workers', { headers: { cookie, authorization: 'Bearer garbage' } })).status).toBe(
      401,
    );
  });
});
