/** Bodies made to hurt (R15): on every route that takes one, refused by name, and the runtime no larger for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type LocalHall, newTenant, verifiedExport, withGuildhall } from '../../support/local-hall.ts';
import { type RawAnswer, sendRaw } from '../../support/raw-http.ts';
import { operationsIn } from './requests.ts';
import { isMembers, type Json } from './values.ts';

const MB = 1_000_000;
const text = (length: number): string => `{"a":"${'x'.repeat(length)}"}`;
const members = (count: number, name: (at: number) => string): string =>
  `{${Array.from({ length: count }, (_, at) => `"${name(at)}":${at}`).join(',')}}`;

const BODIES: Readonly<Record<string, string | Uint8Array>> = {
  '0 B': '',
  '1 B': '{',
  '64 KB': text(64_000),
  '66 KB': text(66_000),
  '1 MB of text': text(MB),
  '8 MB of text': text(8 * MB),
  '8 MB of spaces': ' '.repeat(8 * MB),
  '8 MB of zeros': new Uint8Array(8 * MB),
  '8 MB of brackets': '['.repeat(8 * MB),
  '10^5 levels of lists': `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  '10^5 levels of objects': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  '10^5 members': members(100_000, (at) => `k${at}`),
  '10^4 short members': members(5_000, (at) => `k${at}`),
  'members that hash alike': members(3_000, (at) => String(at * 65_536)),
  'a member twice': '{"capability_id":"a","capability_id":"b"}',
  'a member twice, deep inside': '{"a":[{"b":{"c":1,"\\u0063":2}}]}',
  '10^4 times one member': members(5_000, () => 'k'),
  __proto__: '{"__proto__":{"tenant":"other","scopes":["hall:admin"]}}',
  constructor: '{"constructor":{"prototype":{"polluted":true}}}',
  'a lone high surrogate': '{"a":"\\ud83d"}',
  'a lone low surrogate': '{"\\udc00":1}',
  'a raw lone surrogate': new Uint8Array([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  '1e400': '{"a":1e400}',
  '-1e400': '{"a":[-1e400]}',
  'a number of 10^4 digits': `{"a":${'9'.repeat(10_000)}}`,
  'a small number of 10^4 digits': `{"a":0.${'1'.repeat(10_000)}}`,
  NaN: '{"a":NaN}',
  'a byte order mark': '\ufeff{}',
  'UTF-16': new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
  'a NUL at the end': '{}\0',
  'a NUL in a text': '{"a":"\0"}',
  'an escaped NUL': '{"a":"\\u0000"}',
  'a comment': '{/**/}',
  'two documents': '{}{}',
  'half a document': '{"a":{"b":[1,2',
  'text for ever': '{"a":"xxxxxxx',
};

/** Refused by name, or (what is JSON after all) judged by the service. */
const ALLOWED = new Set([200, 201, 400, 401, 403, 404, 409, 413, 415, 422]);

const fault = (what: string, answer: RawAnswer | 'closed' | 'silent'): string[] => {
  if (typeof answer === 'string') return [`${what}: ${answer}`];
  const { status, type, body } = answer;
  if (!ALLOWED.has(status)) return [`${what}: ${status}`];
  if (status < 400) return [];
  return type.startsWith('application/problem+json') && body.includes('"code":"')
    ? []
    : [`${what}: ${status} as ${type}`];
};

const head = (hall: LocalHall, method: string, path: string, lines: readonly string[]): string => {
  const key = path === '/v1/tenants' ? hall.operatorKey : hall.key;
  return [
    `${method} ${path} HTTP/1.1`,
    'host: hall.test',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    ...lines,
    '',
    '',
  ].join('\r\n');
};

const chunked = (body: string | Uint8Array, size: number): Buffer => {
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
};

/** Resident bytes of the runtime that this process started. */
const residentBytes = (): number => {
  const own = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
  );
  for (const pid of own.filter((each) => each !== '')) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    if (/^Name:\s+workerd/m.test(status)) return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  }
  throw new Error('no runtime found');
};

const routesWithBody = async (hall: LocalHall): Promise<readonly (readonly [method: string, path: string])[]> => {
  const document: Json = await (await fetch(`${hall.url}/openapi.json`)).json();
  if (!isMembers(document)) throw new Error('no description');
  return (
    operationsIn(document)
      // Telemetry, answered with 202, takes whatever it is sent.
      .filter(({ described }) => described.requestBody !== undefined && !('202' in Object(described.responses)))
      .map(({ method, path }) => [method, path.replaceAll(/\{\w+\}/g, 'org.example.summarizer')] as const)
  );
};

test('hostile bodies, whole and in chunks, on every route that takes one', async () => {
  await withGuildhall(async (own) => {
    const hall = await newTenant(own, 'hostile');
    const routes = await routesWithBody(hall);
    let cases = 0;
    const sendAll = async (round: number): Promise<string[]> => {
      const faults: string[] = [];
      for (const [name, body] of Object.entries(BODIES)) {
        const bytes = Buffer.from(body);
        for (const [at, [method, path]] of routes.entries()) {
          // In three rounds every body meets every route.
          if ((at + name.length + round) % 3 !== 0) continue;
          cases++;
          const inChunks = bytes.length > 0 && cases % 3 === 0;
          const request = inChunks
            ? [head(hall, method, path, ['transfer-encoding: chunked']), chunked(bytes, 16_384)]
            : [head(hall, method, path, [`content-length: ${bytes.length}`]), bytes];
          faults.push(...fault(`${method} ${path} with ${name}`, await sendRaw(hall.url, request)));
        }
      }
      return faults;
    };
    // Two rounds to warm up: isolates, caches, the heap's own size.
    expect(await sendAll(0)).toEqual([]);
    expect(await sendAll(1)).toEqual([]);
    const before = residentBytes();
    expect(await sendAll(2)).toEqual([]);
    expect(residentBytes() - before).toBeLessThan(64 * 1024 * 1024);
    expect(cases).toBeGreaterThan(500);
    expect(await verifiedExport(hall)).toMatchObject({ ok: true });
  });
});

test('framing that lies, stops or hides: no harm, no 5xx, and the next request is answered', async () => {
  await withGuildhall(async (hall) => {
    const route = (lines: readonly string[]): string => head(hall, 'POST', '/wcp/route', lines);
    const problems = {
      'gzip, said': [route(['content-encoding: gzip', `content-length: ${gzipSync('{}').length}`]), gzipSync('{}')],
      'gzip, unsaid': [route([`content-length: ${gzipSync('{}').length}`]), gzipSync('{}')],
      'a bomb': [
        route(['content-encoding: gzip', `content-length: ${gzipSync(Buffer.alloc(8 * MB)).length}`]),
        gzipSync(Buffer.alloc(8 * MB)),
      ],
      'more than was said': [route(['content-length: 2']), '{]GARBAGE'],
      'a length far over the limit, and nothing more': [route(['content-length: 99999999'])],
      'an empty chunked body': [route(['transfer-encoding: chunked']), '0\r\n\r\n'],
      'a byte a chunk': [route(['transfer-encoding: chunked']), chunked('{"a":', 1)],
    } as const;
    for (const [name, request] of Object.entries(problems)) {
      const answer = await sendRaw(hall.url, request);
      expect(fault(name, answer)).toEqual([]);
      expect(answer, name).toMatchObject({
        status: expect.toSatisfy((status: number) => status >= 400 && status < 500),
      });
    }
    // What is no HTTP at all the runtime answers itself, or hangs up.
    const broken = {
      'less than was said': [route(['content-length: 500']), '{}'],
      'a length that is none': [route(['content-length: -5']), '{}'],
      'two lengths': [route(['content-length: 2', 'content-length: 3']), '{}'],
      'a length and chunks': [route(['content-length: 2', 'transfer-encoding: chunked']), '2\r\n{}\r\n0\r\n\r\n'],
      'a chunk that is none': [route(['transfer-encoding: chunked']), 'zz\r\n{}\r\n'],
      'no host': ['GET /health HTTP/1.1\r\n\r\n'],
      'no HTTP': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
      'a header of 200 KB': [`GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`],
    } as const;
    for (const [name, request] of Object.entries(broken)) {
      const answer = await sendRaw(hall.url, request, { close: true });
      if (typeof answer !== 'string') expect(answer.status, name).toBeLessThan(501);
      expect(answer, name).not.toBe('silent');
      expect((await fetch(`${hall.url}/health`)).status, `after ${name}`).toBe(200);
    }
  });
});
