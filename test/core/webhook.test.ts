/** Webhooks without a network: what is an event, what is said of it and in which form, who signs it, when it is retried. */
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/core/hash.ts';
import type { Entry } from '../../src/core/ledger/entry.ts';
import { shownUrl, wants } from '../../src/core/webhook/endpoint.ts';
import { EVENT_TYPES, eventOf } from '../../src/core/webhook/event.ts';
import { messageId, messageText, type Told } from '../../src/core/webhook/message.ts';
import { ATTEMPTS, pauseMs, retryAfterMs, TROUBLE } from '../../src/core/webhook/retry.ts';
import { sealer } from '../../src/keys/seal.ts';
import { newWebhookSecret, signedHeaders } from '../../src/keys/webhook-signature.ts';

const entry = (change: Partial<Entry> = {}): Entry => ({
  v: 1,
  tenant: 'acme',
  seq: 7,
  ts: 1_795_226_272_322_000,
  receipt_id: '01a1fbd3-0242-7713-ac17-000000000007',
  stream: 'approval',
  stream_seq: 1,
  type: 'wcp.approval.requested',
  actor: { kind: 'service', id: 'key_1' },
  trace_id: 'a-correlation',
  cause: null,
  body: {
    approval_id: 'apr_0b7f2a4c-6c1e-4d7e-9a55-000000000006',
    decision_id: '0b7f2a4c-6c1e-4d7e-9a55-000000000006',
    expires_at: 1_795_312_672_322_000,
    level: 'gatekeeper',
    reason: 'production <!channel> data',
  },
  prev_receipt_hash: null,
  prev_stream_hash: null,
  spec: { wcp: '0.2', canon: 'rfc8785' },
  signing_key_id: 'k',
  ...change,
});

const told = (change: Partial<Told> = {}): Told => ({
  event: 'approval.requested',
  entry: entry(),
  receiptHash: 'ab'.repeat(32),
  about: { capability_id: 'cap.db.migrate`<!everyone>`', blast_score: 71 },
  origin: 'https://hall.example',
  ...change,
});

describe('events', () => {
  const of = (type: string, body: Entry['body'] = {}, stream = 'hall') => eventOf({ type, stream, body });

  test('are entries; most entries are none, and neither is a dry run', () => {
    expect(of('wcp.approval.requested')).toBe('approval.requested');
    expect(of('wcp.approval.rejected')).toBe('approval.resolved');
    expect(of('wcp.approval.expired')).toBe('approval.expired');
    expect(of('wcp.decision', { outcome: 'DENY' }, 'wcp')).toBe('decision.denied');
    expect(of('wcp.decision', { outcome: 'DISPATCH' }, 'wcp')).toBeNull();
    expect(of('wcp.decision', { outcome: 'DENY' }, 'wcp.dry')).toBeNull();
    expect(of('wcp.ban.arrived')).toBe('ban.arrived');
    expect(of('hall.standing.changed')).toBe('standing.changed');
    expect(of('hall.webhook.created')).toBeNull();
    expect(of('constructor')).toBeNull();
  });

  test('are wanted by name, or all of them', () => {
    for (const event of EVENT_TYPES) expect(wants(['*'], event)).toBe(true);
    expect(wants(['key.leaked'], 'key.leaked')).toBe(true);
    expect(wants(['key.leaked'], 'ban.issued')).toBe(false);
  });
});

describe('messages', () => {
  test('are the same bytes each time', () => {
    const pinned = ['standard', 'slack', 'discord'].map((format) =>
      sha256Hex(messageText(format as 'standard', told())).slice(0, 16),
    );
    expect(pinned).toEqual(PINNED);
    expect(messageId(told())).toBe('msg_01a1fbd3-0242-7713-ac17-000000000007');
  });

  test('lead to where a person answers', () => {
    const link = 'https://hall.example/app/approvals/apr_0b7f2a4c-6c1e-4d7e-9a55-000000000006';
    const standard = JSON.parse(messageText('standard', told()));
    expect(standard).toMatchObject({
      type: 'approval.requested',
      timestamp: '2026-11-21T01:57:52.322Z',
      data: { seq: 7, receipt_hash: 'ab'.repeat(32), entry_type: 'wcp.approval.requested', resolve_url: link },
    });
    expect(messageText('slack', told())).toContain(`"url":"${link}"`);
    expect(messageText('discord', told())).toContain(`"url":"${link}"`);
  });

  test('call nobody, whatever strangers wrote', () => {
    const slack = messageText('slack', told());
    expect(slack).toContain('&lt;!everyone&gt;');
    expect(slack).not.toMatch(/<[!@#]|<http/);
    const discord = JSON.parse(messageText('discord', told()));
    expect(discord.allowed_mentions).toEqual({ parse: [] });
    for (const { value } of discord.embeds[0].fields) expect(value).toMatch(/^`[^`]*`$/);
  });

  test('are whole JSON within the limits of chat services for any body', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string({ maxLength: 5_000 }), fc.integer()), { maxKeys: 20 }),
        (body) => {
          const one = told({ entry: entry({ body }), about: null });
          const { blocks } = JSON.parse(messageText('slack', one));
          expect(blocks.length).toBeLessThanOrEqual(4);
          const [embed] = JSON.parse(messageText('discord', one)).embeds;
          for (const field of embed.fields) {
            expect(field.name.length).toBeLessThanOrEqual(256);
            expect(field.value.length).toBeLessThanOrEqual(1_024);
          }
          JSON.parse(messageText('standard', one));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('signatures', () => {
  test('hold for the official library, with the old secret and the new', () => {
    const [old, next] = [newWebhookSecret(), newWebhookSecret()];
    const body = messageText('standard', told());
    const headers = signedHeaders([next, old], messageId(told()), Date.now(), body);
    for (const secret of [old, next])
      expect(new Webhook(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
    expect(() => new Webhook(newWebhookSecret()).verify(body, { ...headers })).toThrow();
    expect(() => new Webhook(next).verify(`${body} `, { ...headers })).toThrow();
  });

  test('are pinned', () => {
    const secret = `whsec_${Buffer.from('a secret of 32 bytes for testing').toString('base64')}`;
    expect(signedHeaders([secret], 'msg_1', 1_795_226_272_322, '{"a":1}')).toEqual({
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1795226272',
      'webhook-signature': PINNED_SIGNATURE,
    });
  });
});

describe('sealing', () => {
  const key = (byte: number) => Buffer.alloc(32, byte).toString('base64url');

  test('opens in its own place with its own key, and nowhere else', () => {
    const { seal, open } = sealer(key(1));
    const sealed = seal('whsec_x', 'here');
    expect(sealed).not.toContain('whsec');
    expect(seal('whsec_x', 'here')).not.toBe(sealed);
    expect(open(sealed, 'here')).toBe('whsec_x');
    expect(open(sealed, 'there')).toBeNull();
    expect(sealer(key(2)).open(sealed, 'here')).toBeNull();
    for (const broken of ['', 's1.', 's1.AAAA', sealed.slice(0, -2), `${sealed}A`, sealed.slice(3)]) {
      expect(open(broken, 'here')).toBeNull();
    }
    // Of an earlier run: what is stored stays readable.
    expect(open(PINNED_SEAL, 'here')).toBe('whsec_x');
  });

  test('shows of a chat service no more than its host', () => {
    const url = new URL('https://hooks.slack.com/services/T0/B0/secret');
    expect(shownUrl(url, 'slack')).toBe('https://hooks.slack.com/…');
    expect(shownUrl(url, 'standard')).toBe(url.href);
  });
});

describe('retries', () => {
  test('come later and later, not together, and end', () => {
    const waits = Array.from({ length: ATTEMPTS }, (_, at) => retryAfterMs(at + 1, 'whk 1'));
    waits.forEach((wait, at) => {
      const plain = Math.min(5_000 * 4 ** at, 21_600_000);
      expect(wait).toBeGreaterThanOrEqual(plain * 0.8 - 1);
      expect(wait).toBeLessThanOrEqual(plain * 1.2 + 1);
    });
    const together = new Set(Array.from({ length: 100 }, (_, at) => retryAfterMs(1, `whk ${at}`)));
    expect(together.size).toBeGreaterThan(90);
    expect(retryAfterMs(1, 'whk 1', 60_000)).toBe(60_000);
    expect(retryAfterMs(1, 'whk 1', 1e12)).toBe(3_600_000);
    expect(retryAfterMs(1, 'whk 1', -5)).toBe(waits[0]);
  });

  test('leave an endpoint alone that fails again and again', () => {
    expect(pauseMs(TROUBLE - 1)).toBe(0);
    expect(pauseMs(TROUBLE)).toBe(5_000);
    expect(pauseMs(50)).toBe(600_000);
  });
});

const PINNED = ['80d4fd0ea5fc7592', '6431ad1141cf2b8d', '8188ec76e724f154'];
const PINNED_SIGNATURE = 'v1,j0eUN43SlqTRdQxGdG/WPUFhya9M0ezuAHkipNu3VJ0=';
const PINNED_SEAL = 's1.ktpVPBLyH3XTub0qKsW0vN98M2dvUvgijxHKLzrdji9oR-c';
