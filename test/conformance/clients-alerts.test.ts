/** WCP 5.2: `/alerts` names the failure patterns that published clients know, once each, and only when they recur. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  CAPABILITY,
  closeHalls,
  type HallClient,
  list,
  type Members,
  mustBe,
  openHall,
  radius,
  rule,
  text,
  WORKER,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const alerts = async (hall: HallClient): Promise<readonly Members[]> => {
  const answer = await hall.get('/alerts');
  expect(list(answer.alerts)).toHaveLength(Number(answer.count));
  return list(answer.alerts);
};
const codes = async (hall: HallClient): Promise<unknown> => (await alerts(hall)).map(({ code }) => code);

describe('GET /alerts', () => {
  test('STEWARD_HOLD_REPEATED: the third hold of a capability, once, of each capability apart', async () => {
    const held = { escalation: { human_required_default: true } };
    const hall = await openHall({
      rules: [rule(held), rule(held, { capability_id: 'cap.other' }, 'rr_other')],
    });
    for (let time = 0; time < 2; time++) expect((await hall.ask()).outcome).toBe('STEWARD_HOLD');
    await hall.ask({ dry_run: true });
    await hall.ask({ capability_id: 'cap.other' });
    expect(await codes(hall)).toEqual([]);
    for (let time = 0; time < 4; time++) await hall.ask();
    expect(await alerts(hall)).toEqual([
      {
        alert_id: expect.any(String),
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: 'sev3',
        code: 'STEWARD_HOLD_REPEATED',
        message: expect.any(String),
        worker_id: null,
        capability_id: CAPABILITY,
      },
    ]);
  });

  test('BLAST_RADIUS_EXCEEDED: at once, and not again for the same capability', async () => {
    const hall = await openHall({ workers: [{ blast_radius: radius(5, 5, 5, 5, 5) }] });
    for (let time = 0; time < 3; time++)
      expect((await hall.ask({ env: 'prod' })).deny_code).toBe('DENY_REQUIRES_HUMAN');
    expect(await codes(hall)).toEqual(['BLAST_RADIUS_EXCEEDED']);
  });

  test('WORKER_FAILURE_SPIKE: the third failure of a worker, whatever it failed at', async () => {
    const hall = await openHall();
    for (let time = 1; time <= 4; time++) {
      const { decision_id } = await hall.ask();
      mustBe(200, await hall.send('POST', `/wcp/dispatches/${text(decision_id)}/fail`, { error_code: 'E' }));
      expect(await codes(hall)).toEqual(time < 3 ? [] : ['WORKER_FAILURE_SPIKE']);
    }
    expect((await alerts(hall))[0]).toMatchObject({ worker_id: WORKER, capability_id: CAPABILITY, level: 'sev2' });
  });

  test('made-up capabilities cannot push other alerts out', async () => {
    const hall = await openHall({
      workers: [{ blast_radius: radius(5, 5, 5, 5, 5) }],
      rules: [rule({}, { capability_id: { any: true } })],
    });
    for (let each = 0; each < 30; each++) await hall.ask({ env: 'prod', capability_id: `cap.made-up-${each}` });
    expect((await alerts(hall)).length).toBe(10);
  });
});
