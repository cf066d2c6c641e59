/** The Policy checks of CAP's acceptance list, by their numbers, black box; and one document that decides routes, too. */
import { afterEach, describe, expect, it } from 'vitest';
import { ANNOUNCED_POLICY, OUTDENTED_POLICY } from '../support/announced-policy.ts';
import {
  at,
  closeHalls,
  type HallClient,
  list,
  members,
  mustBe,
  openHall,
  rule,
  send,
  verdict,
} from '../support/hall-client.ts';

afterEach(closeHalls);

const YAML = { 'content-type': 'application/yaml' };
const putWhole = (hall: HallClient, text: string, query = '') =>
  send('PUT', `/v1/policies${query}`, { key: hall.key, body: text, headers: YAML });
const gatedHall = () => openHall({ rules: [rule({ escalation: { policy_gate: true } })] });

describe('one document decides routes, too', () => {
  it('a policy of rules, published whole as YAML', async () => {
    const hall = await gatedHall();
    const policy = `rules:
  - {id: prod, decision: deny, reason: not here, match: {labels: {env: prod}}}
  - {id: internal, decision: require_approval, match: {risk_tags: [internal]}}
  - {id: slow, decision: allow, match: {labels: {tenant_risk: medium}}, constraints: {max_retries: 2}}
  - {id: summaries, decision: permit, match: {topics: ["job.cap.doc.*"], tenants: [acme-corp]}}
`;
    const published = mustBe(200, await putWhole(hall, policy));
    expect(published).toMatchObject({ rules: 4, active: true, version: published.policy_snapshot });
    expect(await hall.ask()).toMatchObject({ outcome: 'DISPATCH', policy_version: published.version });
    expect(await hall.ask({ tenant_risk: 'medium' })).toMatchObject({
      core_outcome: 'ALLOW_WITH_CONSTRAINTS',
      constraints: { budgets: { max_retries: 2 } },
    });
    expect(verdict(await hall.ask({ data_label: 'INTERNAL' }))).toBe('STEWARD_HOLD');
    const denied = await hall.ask({ env: 'prod' });
    expect(denied).toMatchObject({ deny_code: 'DENY_POLICY_GATE', deny_reason_if_denied: { reason: 'not here' } });
    expect(verdict(await hall.ask({ tenant_id: 'other' }))).toBe('DENY_POLICY_GATE');
  });

  it('the announcement as it stands, its warnings, and a paste that lost its indentation', async () => {
    const hall = await gatedHall();
    expect(list(mustBe(200, await putWhole(hall, ANNOUNCED_POLICY)).warnings).length).toBe(2);
    const strict = mustBe(400, await putWhole(hall, ANNOUNCED_POLICY, '?strict=true'));
    expect(at(strict, 'errors', 0)).toMatchObject({ pointer: '/rules/3/constraints/max_runtime_sec', line: 18 });
    const lost = mustBe(400, await putWhole(hall, OUTDENTED_POLICY));
    expect(members(list(lost.errors)[0])).toMatchObject({ hint: 'indentation lost' });
    expect(lost.code).toBe('policy_invalid');
  });
});
