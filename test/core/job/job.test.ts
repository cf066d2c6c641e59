/** Jobs before anybody leases them (CAP 3.1, 4.1, 5.9): the table of states, what is read, and what is hashed. */
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/core/hash.ts';
import { capStatus, isTerminal, JOB_STATES, mayGo } from '../../../src/core/job/machine.ts';
import { completeRequest, intentHash, jobHash, readJob, type SubmittedJob } from '../../../src/core/job/request.ts';
import type { JsonObject } from '../../../src/core/json.ts';

const read = (sent: JsonObject): SubmittedJob => {
  const result = readJob(sent);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const IDENTITY = { jobId: 'j-1', tenant: 'acme', principal: 'key_1', riskTags: ['prod', 'a'] };
const whole = (sent: JsonObject): JsonObject => completeRequest(read(sent).request, IDENTITY);

describe('3.1 states', () => {
  test('each goes where the table says, and nowhere else', () => {
    const goes = JOB_STATES.map((from) => [from, JOB_STATES.filter((to) => mayGo(from, to))]);
    expect(Object.fromEntries(goes)).toMatchObject({
      PENDING: ['APPROVAL_REQUIRED', 'SCHEDULED', 'FAILED', 'TIMEOUT', 'CANCELLED', 'DENIED'],
      APPROVAL_REQUIRED: ['PENDING', 'FAILED', 'TIMEOUT', 'CANCELLED', 'DENIED'],
      SCHEDULED: ['APPROVAL_REQUIRED', 'DISPATCHED', 'FAILED', 'TIMEOUT', 'CANCELLED', 'DENIED'],
      SUCCEEDED: ['OUTPUT_QUARANTINED'],
      DENIED: [],
    });
    expect(mayGo('DISPATCHED', 'SCHEDULED')).toBe(false);
    expect(JOB_STATES.filter(isTerminal)).toEqual([
      'SUCCEEDED',
      'FAILED',
      'FAILED_FATAL',
      'TIMEOUT',
      'CANCELLED',
      'DENIED',
      'OUTPUT_QUARANTINED',
    ]);
    expect(['APPROVAL_REQUIRED', 'RETRYING', 'OUTPUT_QUARANTINED', 'DENIED'].map((s) => capStatus(s as never))).toEqual(
      ['JOB_STATUS_PENDING', 'JOB_STATUS_FAILED_RETRYABLE', 'JOB_STATUS_FAILED', 'JOB_STATUS_DENIED'],
    );
  });
});

describe('4.1 what is read', () => {
  test('either casing, defaults left out, enums in full, 64-bit numbers as texts', () => {
    const snake = {
      topic: 'job.x',
      priority: 'batch',
      max_total_tokens: 5,
      allow_retrieval: false,
      actor_type: 'service',
      env: { CORDUM_X: '1', A: 'b' },
      risk_tags: ['PROD', 'a'],
      step_index: 0,
    };
    const camel = {
      topic: 'job.x',
      priority: 'batch',
      maxTotalTokens: 5,
      actorType: 'service',
      env: { A: 'b' },
      riskTags: ['a', 'prod'],
    };
    const expected = {
      job_id: 'j-1',
      topic: 'job.x',
      priority: 'JOB_PRIORITY_BATCH',
      tenant_id: 'acme',
      principal_id: 'key_1',
      env: { A: 'b' },
      budget: { max_total_tokens: '5' },
      meta: { tenant_id: 'acme', actor_id: 'key_1', actor_type: 'ACTOR_TYPE_SERVICE', risk_tags: ['a', 'prod'] },
    };
    expect(whole(snake)).toEqual(expected);
    expect(whole(camel)).toEqual(expected);
    expect(jobHash(whole(snake))).toBe(
      sha256Hex(
        '{"budget":{"max_total_tokens":"5"},"env":{"A":"b"},"job_id":"j-1","meta":{"actor_id":"key_1","actor_type":"ACTOR_TYPE_SERVICE","risk_tags":["a","prod"],"tenant_id":"acme"},"principal_id":"key_1","priority":"JOB_PRIORITY_BATCH","tenant_id":"acme","topic":"job.x"}',
      ),
    );
  });

  test('an empty submission is a job of the default topic', () => {
    expect(read({}).request).toEqual({ topic: 'job.default' });
    expect(read({ topic: '', prompt: null }).request).toEqual({ topic: 'job.default' });
  });

  test('what is to be read goes in by its hash, and no further', () => {
    const { request, check } = read({ topic: 'job.x', prompt: 'do it', context: { deep: [1.5] } });
    expect(request).toEqual({ topic: 'job.x', context_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect([check.content?.text, check.context]).toEqual(['do it', '{"deep":[1.5]}']);
    expect(read({ topic: 'job.x', prompt: 'do that' }).request.context_sha256).not.toBe(request.context_sha256);
    const read_ = '{"context":"{\\"deep\\":[1.5]}","prompt":"do it"}';
    expect(request.context_sha256).toBe(sha256Hex(read_));
  });

  test.each<[string, JsonObject, string]>([
    ['a topic that is none', { topic: 'x' }, 'invalid_topic'],
    ['a label of the server', { labels: { approval_granted: 'true' } }, 'reserved_label'],
    ['51 labels', { labels: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`l${n}`, ''])) }, 'invalid_body'],
    ['51 variables', { env: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`l${n}`, ''])) }, 'invalid_body'],
    ['a prompt beyond the limit', { prompt: 'x'.repeat(100_001) }, 'prompt_too_long'],
    ['no time at all', { deadline_ms: 0 }, 'invalid_body'],
    ['a control character', { workflow_id: 'a\nb' }, 'invalid_body'],
  ])('%s is refused', (_, sent, code) => {
    const result = readJob(sent);
    expect(result.ok ? 'ok' : result.error.code).toBe(code);
  });

  test('one intent, whatever it is called and however its tags are ordered; another one is another', () => {
    const intent = (sent: JsonObject): string => intentHash(read(sent));
    const own = intent({ topic: 'job.x', risk_tags: ['a', 'b'], idempotency_key: 'k' });
    expect(intent({ topic: 'job.x', riskTags: ['b', 'a'] })).toBe(own);
    expect(intent({ topic: 'job.x', risk_tags: ['a'] })).not.toBe(own);
    expect(intent({ topic: 'job.x', risk_tags: ['a', 'b'], prompt: 'x' })).not.toBe(own);
    expect(intent({ topic: 'job.x', risk_tags: ['a', 'b'], deadline_ms: 5 })).not.toBe(own);
  });
});
