/** The live feed (server-sent events): in order, each once, resumed by the last id, ended with the key that opened it. */
import { afterEach, expect, test } from 'vitest';
import { closeHalls, openHall, question, send } from '../support/hall-client.ts';

afterEach(closeHalls);

const idsOf = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

test('begins now; goes on after an id, or a seq; nothing is missing and nothing told twice', async () => {
  const hall = await openHall();
  const events = async (query: string, headers: Record<string, string> = {}): Promise<string> => {
    const reply = await send('GET', `/v1/events?max_s=0${query}`, { key: hall.key, headers });
    expect(reply.status).toBe(200);
    return reply.text;
  };
  for (let times = 0; times < 3; times++) await hall.decide(question());
  expect(idsOf(await events(''))).toEqual([]);
  const all = idsOf(await events('&after=0'));
  expect(all).toHaveLength(3);
  expect([...all].sort((a, b) => a - b)).toEqual(all);
  expect(idsOf(await events('', { 'last-event-id': String(all[0]) }))).toEqual(all.slice(1));
  expect(idsOf(await events('&after=0', { 'last-event-id': String(all[1]) }))).toEqual(all.slice(2));
  expect(idsOf(await events(`&after=${Number.MAX_SAFE_INTEGER}`))).toEqual([]);
  const wrong = await send('GET', '/v1/events', { key: hall.key, headers: { 'last-event-id': '-1' } });
  expect(wrong.status).toBe(400);
});

test('tells what happens while somebody listens', async () => {
  const hall = await openHall();
  const listening = send('GET', '/v1/events?max_s=3', { key: hall.key });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const decided = await hall.decide(question());
  expect((await listening).text).toContain(`"decision_id":"${String(decided.decision_id)}"`);
});
