/** WCP 5.2 and 5.3 as pure readers: whatever published clients send is read, and what is made of it is as printed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImportedDecision, importedFacts } from '../../../src/core/hall/imported.ts';
import { readRouteInput } from '../../../src/core/hall/input.ts';
import { asDispatchReply, missingMember, readDispatch } from '../../../src/core/hall/legacy.ts';
import { readUsageReport } from '../../../src/core/hall/usage-report.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ask, input, openHall, rule, rules } from '../../support/hall.ts';

describe('/api/v1/dispatch', () => {
  test('the mapping and its defaults', () => {
    const sent = { namespace: 'org.a', capability: 'cap.x', worker_id: 'org.a.w', context: { risk_tier: 'high' } };
    expect(readDispatch(sent)).toEqual({
      capability_id: 'cap.x',
      tenant_id: 'org.a',
      worker_id: 'org.a.w',
      tenant_risk: 'high',
      env: 'prod',
      data_label: 'INTERNAL',
      qos_class: 'P2',
    });
  });

  test('the context says more, the question’s own members keep their names, and the worker is the named one', () => {
    const context = {
      risk_tier: 'low',
      correlation_id: 'c',
      env: 'dev',
      data_label: 'PUBLIC',
      worker_id: 'org.b.other',
    };
    const sent = { namespace: 'n', capability: 'c', worker_id: 'org.a.w', context, dry_run: true, request: { a: 1 } };
    expect(readDispatch(sent)).toMatchObject({
      correlation_id: 'c',
      env: 'dev',
      data_label: 'PUBLIC',
      worker_id: 'org.a.w',
      dry_run: true,
      request: { a: 1 },
    });
  });

  test('any JSON is a question, good or bad', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (sent) => {
        expect(() => readRouteInput(readDispatch(sent as JsonObject))).not.toThrow();
      }),
    );
  });

  test('allow only where the decision allows', () => {
    const allowed = ask(input(), openHall()).decision;
    expect(asDispatchReply({})(allowed)).toMatchObject({ outcome: 'allow', worker_id: 'org.test.summarizer' });
    const held = ask(input(), openHall({ rules: rules(rule({ escalation: { human_required_default: true } })) }));
    for (const decision of [held.decision, ask(input({ capability_id: 'cap.y' }), openHall()).decision]) {
      expect(asDispatchReply({ worker_id: 'org.a.w\u0000' })(decision)).toMatchObject({
        outcome: 'deny',
        worker_id: 'org.a.w',
        denied: true,
      });
    }
  });
});

test('/api/route: the first absent member, in the order in which input is judged', () => {
  const whole: JsonObject = input();
  expect(missingMember(whole)).toBeNull();
  expect(missingMember({ ...whole, env: null })).toBeNull();
  const { correlation_id: _, ...without } = whole;
  expect(missingMember(without)).toBeNull();
  expect(missingMember({ qos_class: 'P0', capability_id: 'c' })).toBe('env');
  expect(missingMember({})).toBe('capability_id');
});

describe('telemetry', () => {
  test('sums a species, passes over what is no count', () => {
    const decisions = [
      { worker_id: 'a', count: 2 },
      { worker_id: 'a', count: 3 },
      { worker_id: 'b\u0007', count: 1 },
      { worker_id: 'c', count: 0 },
      { worker_id: 'd', count: 1e10 },
      { worker_id: '\u0000', count: 1 },
      null,
    ];
    expect(readUsageReport({ decisions })).toEqual([
      { speciesId: 'a', count: 5 },
      { speciesId: 'b', count: 1 },
    ]);
  });

  test('is total', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ decisions: fc.array(fc.jsonValue()) })), (sent) => {
        for (const { speciesId, count } of readUsageReport(sent)) {
          expect(speciesId).not.toBe('');
          expect(Number.isSafeInteger(count) && count > 0).toBe(true);
        }
      }),
    );
  });
});

test('an imported decision has integers and clean texts only, whatever was sent', () => {
  const value = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.date().map((at) => at.toJSON()),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(ImportedDecision.shape)), value), (sent) => {
      const read = ImportedDecision.safeParse(sent);
      if (!read.success) return;
      for (const fact of Object.values(importedFacts(read.data))) {
        if (typeof fact === 'number') expect(Number.isInteger(fact)).toBe(true);
        if (typeof fact === 'string') expect(fact).not.toMatch(/[\u0000-\u001f\u007f]/);
      }
    }),
  );
});
