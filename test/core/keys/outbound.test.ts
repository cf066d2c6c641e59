/** Requests to addresses that strangers chose: where they may go, and what may come back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outbound, permitted } from '../../../src/keys/outbound.ts';

const verdict = (url: string, loopback = false): string => {
  const judged = permitted(url, loopback);
  return judged.ok ? 'ok' : judged.error;
};

describe('where a request may go', () => {
  test.each([
    'https://keys.example.com/jwks.json',
    'https://93.184.216.34/feed',
    'https://[2606:2800:220:1:248:1893:25c8:1946]/',
    'https://example.com:8443/a?b',
    'https://172.32.0.1/',
    'https://100.128.0.1/',
    'https://localhost.example.com/',
  ])('%s: yes', (url) => expect(verdict(url)).toBe('ok'));

  test.each([
    ['', 'not_a_url'],
    ['/jwks.json', 'not_a_url'],
    ['http://example.com/', 'not_https'],
    ['ftp://example.com/', 'not_https'],
    ['file:///etc/passwd', 'not_https'],
    ['data:text/plain,a', 'not_https'],
    ['https://user@example.com/', 'has_credentials'],
    ['https://:secret@example.com/', 'has_credentials'],
    ['https://localhost/', 'not_public'],
    ['https://localhost./', 'not_public'],
    ['https://a.localhost/', 'not_public'],
    ['https://metadata/', 'not_public'],
    ['https://metadata.google.internal/', 'not_public'],
    ['https://printer.local/', 'not_public'],
    ['https://127.0.0.1/', 'not_public'],
    ['https://127.1/', 'not_public'],
    ['https://0x7f.0.0.1/', 'not_public'],
    ['https://2130706433/', 'not_public'],
    ['https://017700000001/', 'not_public'],
    ['https://0/', 'not_public'],
    ['https://10.0.0.1/', 'not_public'],
    ['https://100.64.1.1/', 'not_public'],
    ['https://169.254.169.254/latest/meta-data/', 'not_public'],
    ['https://172.31.255.255/', 'not_public'],
    ['https://192.168.1.1/', 'not_public'],
    ['https://198.19.0.1/', 'not_public'],
    ['https://255.255.255.255/', 'not_public'],
    ['https://１２７.0.0.1/', 'not_public'],
    ['https://[::1]/', 'not_public'],
    ['https://[::]/', 'not_public'],
    ['https://[::ffff:127.0.0.1]/', 'not_public'],
    ['https://[::ffff:a9fe:a9fe]/', 'not_public'],
    ['https://[64:ff9b::7f00:1]/', 'not_public'],
    ['https://[2002:7f00:1::]/', 'not_public'],
    ['https://[2001:0:1::1]/', 'not_public'],
    ['https://[2001:db8::1]/', 'not_public'],
    ['https://[fd00::1]/', 'not_public'],
    ['https://[fe80::1]/', 'not_public'],
    ['https://[ff02::1]/', 'not_public'],
  ])('%s: %s', (url, fault) => expect(verdict(url)).toBe(fault));

  test('in development also to this machine, and nowhere else', () => {
    const own = ['http://localhost:8787/', 'http://127.0.0.1:1/', 'https://[::1]/', 'http://a.localhost/'];
    for (const url of own) expect(verdict(url, true), url).toBe('ok');
    expect(verdict('http://example.com/', true)).toBe('not_https');
    expect(verdict('https://10.0.0.1/', true)).toBe('not_public');
    expect(verdict('http://169.254.169.254/', true)).toBe('not_https');
  });

  test('no private address in whatever notation', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.constantFrom(10, 127, 0), octet, octet, octet, (a, b, c, d) => {
        const address = ((a * 256 + b) * 256 + c) * 256 + d;
        const hex = (n: number) => `0x${n.toString(16)}`;
        const forms = [
          `${a}.${b}.${c}.${d}`,
          String(address),
          hex(address),
          `${hex(a)}.${hex(b)}.${c}.${d}`,
          `0${a.toString(8)}.${b}.${c * 256 + d}`,
          `[::ffff:${a}.${b}.${c}.${d}]`,
          `[::${a}.${b}.${c}.${d}]`,
        ];
        for (const form of forms) expect(verdict(`https://${form}/`), form).not.toBe('ok');
      }),
    );
  });
});

describe('what may come back', () => {
  const asked: string[] = [];
  const answering = (response: () => Response | Promise<Response>, maxBytes = 100) =>
    outbound({
      loopback: false,
      maxBytes,
      timeoutMs: 50,
      fetch: (input, init) => {
        asked.push(`${init?.redirect} ${String(input)}`);
        return Promise.race([
          Promise.resolve(response()),
          new Promise<never>((_, fail) => init?.signal?.addEventListener('abort', () => fail(new Error('aborted')))),
        ]);
      },
    }).ask('https://example.com/a');

  test('a text, with its status', async () => {
    const reply = await answering(() => new Response('{"a":"ü"}', { status: 404 }));
    expect(reply).toMatchObject({ ok: true, value: { status: 404, text: '{"a":"ü"}' } });
    expect(asked).toEqual(['manual https://example.com/a']);
  });

  test.each([
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://10.0.0.1/' } }), 'redirected'],
    ['too much', () => new Response('a'.repeat(101)), 'too_large'],
    ['no text', () => new Response(Uint8Array.of(0xff, 0xfe)), 'not_text'],
    ['half a character', () => new Response(Uint8Array.of(0x61, 0xc3)), 'not_text'],
    ['nobody', () => Promise.reject(new TypeError('no connection')), 'unreachable'],
    ['silence', () => new Promise<never>(() => {}), 'unreachable'],
  ])('%s', async (_, response, fault) => {
    expect(await answering(response)).toEqual({ ok: false, error: fault });
  });

  test('a body without end is left at the limit', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 10;
        controller.enqueue(new Uint8Array(10).fill(0x61));
      },
    });
    expect(await answering(() => new Response(endless))).toEqual({ ok: false, error: 'too_large' });
    expect(sent).toBeLessThan(200);
  });

  test('an address that may not be asked is not asked', async () => {
    const guard = outbound({ loopback: false, fetch: () => expect.fail('asked') });
    expect(await guard.ask('https://127.0.0.1/')).toEqual({ ok: false, error: 'not_public' });
  });
});
