/** R11: a decision recomputed from its entry and the contents it names has the same bytes; nothing else is guessed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/core/canonical.ts';
import { readRouteInput } from '../../../src/core/hall/input.ts';
import { dispatchedLink } from '../../../src/core/hall/record.ts';
import { RecordedRequest, recordRequest, restoreRequest } from '../../../src/core/hall/recorded-request.ts';
import { Replayer, replay } from '../../../src/core/hall/replay.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { decodeText, encodeText } from '../../../src/core/percent.ts';
import { ANNOUNCED, hall, input, openHall, recorded, rule, rules, worker } from '../../support/hall.ts';
import { richRequests, worlds } from './arbitrary.ts';

const SCALE = Number(process.env.PROPERTY_SCALE ?? 1);

const roundTrip = (value: JsonValue): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;

describe('replay is identical', () => {
  test('for any request and any Hall, after a JSON round trip of everything', () => {
    fc.assert(
      fc.property(richRequests, worlds, (sent, world) => {
        const { decided, body, kept } = recorded(sent, hall(world), world);
        for (const [hash, content] of kept) expect(sha256Hex(canonicalJson(content))).toBe(hash);
        const again = replay({ body: roundTrip(body) }, (hash) => {
          const content = kept.get(hash);
          return content === undefined ? undefined : roundTrip(content);
        });
        if (!again.ok) throw new Error(JSON.stringify(again.error));
        expect(canonicalJson(again.value.body)).toBe(canonicalJson(body));
        expect(canonicalJson(again.value.decision)).toBe(canonicalJson(decided.decision));
        expect(again.value.same).toBe(true);
      }),
      { numRuns: 2_000 * SCALE },
    );
  });
  test('the recorded request is the whole request', () => {
    fc.assert(
      fc.property(richRequests, (sent) => {
        const request = readRouteInput(sent);
        const kept = RecordedRequest.parse(roundTrip(recordRequest(request)));
        expect(restoreRequest(kept, request)).toEqual(request);
      }),
      { numRuns: 1_500 * SCALE },
    );
  });
  test('percent coding is exact for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => decodeText(encodeText(text)) === text));
  });
});

describe('a word that no policy should hold (step 9e)', () => {
  test('is refused, and replayed to the same bytes', () => {
    const policy = { policy_version: 'p1', default: 'PERHAPS', rules: [] };
    const gated = rules(rule({ escalation: { policy_gate: true } }));
    const { body, contents } = recorded(input(), openHall({ policy, rules: gated }));
    expect(body.deny_code).toBe('DENY_POLICY_GATE_INVALID_RESPONSE');
    expect(replay({ body: roundTrip(body) }, contents)).toMatchObject({ ok: true, value: { same: true } });
  });
});

describe('replay says what it cannot do', () => {
  const { body, contents, kept } = recorded(ANNOUNCED, openHall());
  test('content missing, by kind', () => {
    for (const hash of kept.keys()) {
      const result = replay({ body }, (wanted) => (wanted === hash ? undefined : contents(wanted)));
      expect(result).toMatchObject({ ok: false, error: { reason: 'missing_content', hash } });
    }
  });
  test('content malformed', () => {
    for (const hash of kept.keys()) {
      const result = replay({ body }, (wanted) => (wanted === hash ? { nonsense: [1.5] } : contents(wanted)));
      expect(result).toMatchObject({ ok: false, error: { reason: 'malformed_content', hash } });
    }
  });
  test.each<JsonValue>([
    null,
    {},
    [],
    { ...body, seen: {} },
    { ...body, seen: { ...(body.seen as JsonObject), more: 1 } },
  ])('entry malformed', (wrong) =>
    expect(replay({ body: wrong }, contents)).toEqual({ ok: false, error: { reason: 'malformed_entry' } }),
  );
  test('a record that was changed is not the same', () => {
    for (const change of [
      { outcome: 'DENY' },
      { worker_id: 'org.test.other' },
      { blast: { score: 1 } },
      { extra: 1 },
    ]) {
      const result = replay({ body: { ...body, ...change } }, contents);
      expect(result).toMatchObject({ ok: true, value: { same: false } });
    }
  });
});

describe('backtest', () => {
  test('other rules under the same name give the other decision', () => {
    const { body, contents } = recorded(input(), openHall());
    const stricter = rules(rule({ required_controls_suggested: ['ctrl.new'] }));
    const named = ((body.seen as JsonObject).rules as string[])[1];
    const result = new Replayer((hash) => (hash === named ? stricter : contents(hash))).replay({ body });
    expect(result).toMatchObject({
      ok: true,
      value: { same: false, decision: { deny_code: 'DENY_MISSING_REQUIRED_CONTROLS' } },
    });
  });
});

describe('the chain link of a recorded dispatch', () => {
  test('is the one that the decision left, raw capability id and all', () => {
    fc.assert(
      fc.property(richRequests, worlds, (sent, world) => {
        const { decided, body } = recorded(sent, hall(world), { ...world, chain: [] });
        const tenant = readRouteInput(sent).tenant_id ?? '';
        expect(dispatchedLink(roundTrip(body) as JsonObject, tenant)).toEqual(decided.effects.link);
        expect(dispatchedLink(body, 'another')).toBeNull();
      }),
      { numRuns: 500 * SCALE, unbiased: true },
    );
  });
});

describe('the record is small', () => {
  test('about 1.2 KB for the announced call with a policy', () => {
    const policy = { policy_version: 'policy.v7', default: 'ALLOW', rules: [] };
    const { body } = recorded(ANNOUNCED, openHall({ policy, workers: [worker()] }));
    expect(canonicalJson(body).length).toBeLessThan(1_400);
  });
});
