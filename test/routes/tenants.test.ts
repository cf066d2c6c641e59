/** The life of a tenant: made in a jurisdiction, ended with its ledger kept and everything else gone. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test } from 'vitest';
import { verifyExport } from '../../src/cli/commands/verify-export.ts';
import { readKeySet } from '../../src/core/ledger/trust.ts';
import {
  closeHalls,
  HallClient,
  list,
  mustBe,
  OPERATOR_KEY,
  openHall,
  question,
  send,
  text,
} from '../support/hall-client.ts';
import { joined, ownerOf, person } from '../support/person.ts';

afterEach(closeHalls);

const operator = (method: string, path: string, body?: object) =>
  send(method, path, { key: OPERATOR_KEY, ...(body === undefined ? {} : { body: body as never }) });

/** A tenant that a check ends, and that nobody holds to account after it. */
const dispatching = async (): Promise<HallClient> => {
  const tenant = `end-${crypto.randomUUID().slice(0, 8)}`;
  const made = mustBe(201, await operator('POST', '/v1/tenants', { tenant, name: 'A tenant' }));
  const hall = new HallClient(tenant, text(made.api_key));
  await hall.enrol();
  await hall.publish({
    rule_id: 'rr',
    match: { capability_id: 'cap.doc.summarize' },
    decision: { candidate_workers_ranked: [{ worker_species_id: 'wrk.doc.summarizer' }] },
  });
  expect((await hall.ask()).outcome).toBe('DISPATCH');
  return hall;
};

describe('a jurisdiction', () => {
  test('is part of the name, so every request finds its object there', async () => {
    const tenant = `place-${crypto.randomUUID().slice(0, 8)}`;
    const made = mustBe(201, await operator('POST', '/v1/tenants', { tenant, name: 'EU', jurisdiction: 'eu' }));
    expect(made.tenant).toBe(`eu--${tenant}`);
    const hall = new HallClient(text(made.tenant), text(made.api_key));
    expect((await hall.send('GET', '/v1/settings')).status).toBe(200);
    expect((await hall.send('GET', `/t/${tenant}/v1/settings`)).status).toBe(404);
  });

  test.each([
    { tenant: 'acme', jurisdiction: 'mars' },
    { tenant: 'eu--acme' },
    { tenant: 'eu--acme', jurisdiction: 'eu' },
    { tenant: `${'a'.repeat(38)}`, jurisdiction: 'fedramp' },
  ])('%j is refused', async (terms) => {
    expect((await operator('POST', '/v1/tenants', { name: 'X', ...terms })).status).toBe(400);
  });
});

describe('the end of a tenant', () => {
  test('its ledger is archived whole and verifiable, then nothing answers any more and nothing is left', async () => {
    const hall = await dispatching();
    const owner = await ownerOf(hall.tenant);
    const end = `/v1/tenants/${hall.tenant}/delete`;
    const keys = readKeySet((await send('GET', '/.well-known/jwks.json')).json);
    const ended = mustBe(200, await operator('POST', end, { reason: 'contract over' }));
    expect(ended).toMatchObject({ tenant: hall.tenant, status: 'erased' });

    const kept = await env.ARCHIVE.get(text(ended.archive));
    expect(kept?.size).toBe(ended.bytes);
    if (kept === null || keys === undefined) throw new Error('nothing was archived');
    const whole = await kept.text();
    expect(whole).toContain('"type":"hall.tenant.closed"');
    const chunks = (async function* () {
      yield new TextEncoder().encode(whole);
    })();
    expect(await verifyExport(chunks, { keys, source: 'jwks' }, true)).toMatchObject({ ok: true });

    expect((await hall.send('POST', '/wcp/route', question())).status).toBe(401);
    expect((await owner.send('GET', `/t/${hall.tenant}/v1/settings`)).status).toBe(404);
    expect((await operator('GET', `/t/${hall.tenant}/v1/settings`)).status).toBe(404);
    expect((await operator('POST', end, { reason: 'again' })).status).toBe(404);
    expect((await operator('POST', '/v1/tenants', { tenant: hall.tenant, name: 'Again' })).json.code).toBe(
      'already_exists',
    );
    for (const [table, column] of [
      ['tenants', 'id'],
      ['members', 'tenant_id'],
      ['workers', 'tenant_id'],
    ]) {
      const rows = await env.DB.prepare(`SELECT count(*) AS count FROM ${table} WHERE ${column} = ?`)
        .bind(hall.tenant)
        .first();
      expect(rows, table).toEqual({ count: 0 });
    }
  });

  test('is for its owner and for the operator; to others it is not there', async () => {
    const hall = await openHall();
    const owner = await ownerOf(hall.tenant);
    const admin = await joined(owner, hall.tenant, 'admin');
    const end = `/v1/account/tenants/${hall.tenant}/delete`;
    for (const who of [admin, await person()]) {
      expect((await who.send('POST', end, { reason: 'mine now' })).status).toBe(404);
    }
    expect((await hall.ask()).outcome).toBe('DISPATCH');
  });

  test('an owner ends one, and it is said who', async () => {
    const hall = await dispatching();
    const owner = await ownerOf(hall.tenant);
    const end = `/v1/account/tenants/${hall.tenant}/delete`;
    const ended = mustBe(200, await owner.send('POST', end, { reason: 'done with it' }));
    const lines = (await (await env.ARCHIVE.get(text(ended.archive)))?.text()) ?? '';
    const closed = lines.split('\n').find((line) => line.includes('hall.tenant.closed'));
    expect(closed).toContain(`"id":"${owner.userId}"`);
    expect(list((await owner.get('/v1/account/session')).tenants)).toEqual([]);
  });
});
