/** WCP 8, check 40: what clients report of themselves reaches usage, and garbage does no harm. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  closeHalls,
  emptyHall,
  type HallClient,
  type Json,
  type Members,
  openHall,
  send,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const prefixes = (hall: HallClient): readonly string[] => ['', `/t/${hall.tenant}`];

describe('check 40: POST /api/v1/telemetry/decisions', () => {
  const PATH = '/api/v1/telemetry/decisions';
  const item = (worker_id: Json, count: Json): Members => ({ worker_id, count });

  test('counts reach usage, by species and day', async () => {
    const hall = await openHall();
    await hall.ask();
    await hall.ask({ capability_id: 'cap.nobody' });
    for (const prefix of prefixes(hall)) {
      const body = { decisions: [item('wrk.a', 3), item('wrk.b', 1), item('wrk.a', 2)] };
      const reply = await hall.send('POST', prefix + PATH, body);
      expect([reply.status, reply.json]).toEqual([202, { ok: true, accepted: 2 }]);
    }
    const usage = await hall.get('/v1/usage');
    expect(usage).toEqual({
      days: [
        {
          day: new Date().toISOString().slice(0, 10),
          decisions: 2,
          denials: 1,
          reported: [
            { worker_species_id: 'wrk.a', decisions: 10 },
            { worker_species_id: 'wrk.b', decisions: 2 },
          ],
        },
      ],
      decisions_total: 2,
      denials_total: 1,
    });
    expect((await hall.get('/status')).decisions_total).toBe(2);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{"decisions":['],
    ['a list', '[]'],
    ['no list', '{"decisions":7}'],
    ['no items', '{"decisions":[null,7,"x",[],{}]}'],
    ['no counts', '{"decisions":[{"worker_id":"wrk.a"},{"worker_id":"wrk.a","count":"3"}]}'],
    ['bad counts', '{"decisions":[{"worker_id":"wrk.a","count":-1},{"worker_id":"wrk.a","count":0.5}]}'],
    ['no species', '{"decisions":[{"count":1},{"worker_id":"","count":1},{"worker_id":7,"count":1}]}'],
    ['a member twice', '{"decisions":[],"decisions":[]}'],
    ['too much', `{"a":"${'x'.repeat(70_000)}"}`],
  ])('%s: 202, and nothing counts', async (_, body) => {
    const hall = await emptyHall();
    const reply = await hall.send('POST', PATH, body, { 'content-type': 'text/plain' });
    expect([reply.status, reply.json]).toEqual([202, { ok: true, accepted: 0 }]);
    expect((await hall.get('/v1/usage')).days).toEqual([]);
  });

  test('what is readable beside garbage counts', async () => {
    const hall = await emptyHall();
    const reply = await hall.send('POST', PATH, { decisions: [null, item('wrk.a', 1), item(null, 2)], more: 1 });
    expect([reply.status, reply.json.accepted]).toEqual([202, 1]);
  });

  test('anonymous reports are taken and count for nobody; a key that is none is refused', async () => {
    const hall = await openHall();
    const body = { decisions: [item('wrk.a', 3)] };
    for (const prefix of prefixes(hall)) {
      const reply = await send('POST', prefix + PATH, { body });
      expect([reply.status, reply.json]).toEqual([202, { ok: true, accepted: 1 }]);
    }
    expect((await send('POST', PATH, { body, key: 'garbage' })).status).toBe(401);
    expect((await hall.get('/v1/usage')).days).toEqual([]);
  });

  test('made-up species cannot fill a Hall', async () => {
    const hall = await emptyHall();
    const many = (from: number): Members => ({
      decisions: Array.from({ length: 150 }, (_, each) => item(`wrk.${from + each}`, 1)),
    });
    expect((await hall.send('POST', PATH, many(0))).json.accepted).toBe(150);
    expect((await hall.send('POST', PATH, many(150))).json.accepted).toBe(50);
    expect((await hall.send('POST', PATH, many(0))).json.accepted).toBe(150);
  });
});
