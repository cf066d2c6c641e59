/** Must hold: parallel requests leave no gap, and a kill -9 under load takes nothing that was acknowledged. */
import { Agent } from 'node:http';
import { expect, test } from 'vitest';
import { verifiedExport, withGuildhall } from '../../support/local-hall.ts';
import { runCrashes } from './campaign.ts';
import { acknowledgedIn, post } from './load.ts';

const QUESTION = {
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'PUBLIC',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme',
};

test('500 parallel requests: a gapless sequence, and the ledger verifies', async () => {
  await withGuildhall(async (hall) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 500 });
    const before = await verifiedExport(hall);
    const first = before.ok ? before.summary.entries + 1 : 0;
    const replies = await Promise.all(
      Array.from({ length: 500 }, (_, at) =>
        post(hall.url, agent, hall.key, '/wcp/route', JSON.stringify({ ...QUESTION, correlation_id: `c-${at}` })),
      ),
    );
    agent.destroy();
    expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
    const seqs = replies
      .flatMap(({ text }) => acknowledgedIn(text))
      .map(({ seq }) => seq)
      .sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: 500 }, (_, at) => first + at));
    expect(await verifiedExport(hall)).toMatchObject({
      ok: true,
      summary: { entries: first + 499, covered: first + 499 },
    });
  });
});

test('kill -9 under load, 3 rounds: no receipt lost, moved or doubled', async () => {
  const { acknowledged, faults } = await runCrashes(3);
  expect(faults).toEqual([]);
  expect(acknowledged).toBeGreaterThan(100);
});
