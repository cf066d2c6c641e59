/** Mail by HTTP, to a real server on this machine: what it is sent, and what goes wrong without harm or gossip. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type MailPort, mailPort } from '../../src/services/mail.ts';

const MAIL = { to: 'ada@example.com', subject: 'Verify', text: 'https://hall.example/#verify=a-token' };

let server: Server;
let url: string;
let answer: RequestListener;
let logged: string[];
const requests: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];

beforeEach(async () => {
  requests.length = 0;
  answer = (_, response) => void response.writeHead(202).end();
  server = createServer((request, response) => {
    void request.toArray().then((parts) => {
      requests.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      answer(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`;
  logged = [];
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void logged.push(String(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
  server.close();
});

const port = (options: Partial<Parameters<typeof mailPort>[0]> = {}): MailPort =>
  mailPort({ url, from: 'Guildhall <no-reply@hall.example>', token: 'a-secret', keep: false, fetch, ...options });

test('a mail is posted as JSON with the bearer of the service, and none is kept', async () => {
  await port().send(MAIL);
  expect(requests.length).toBe(1);
  expect(requests[0]?.headers.authorization).toBe('Bearer a-secret');
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ from: 'Guildhall <no-reply@hall.example>', ...MAIL });
  expect([port().outbox, logged]).toEqual([null, []]);
});

test('what goes wrong is logged without address, token or text, and troubles nobody', async () => {
  answer = (_, response) => void response.writeHead(500).end(MAIL.to);
  await port().send(MAIL);
  // A redirect would carry the bearer and the mail to somebody else.
  answer = (_, response) => void response.writeHead(302, { location: `${url}/elsewhere` }).end();
  await port().send(MAIL);
  await port({ url: 'http://127.0.0.1:1/' }).send(MAIL);
  await port({ url: '' }).send(MAIL);
  expect(logged.length).toBe(4);
  expect(requests.length).toBe(2);
  for (const line of logged) expect(line).not.toMatch(/ada@|a-secret|a-token/);
});

test('a development server keeps the last fifty, newest first, and sends none', async () => {
  const kept = port({ keep: true });
  for (let at = 0; at < 60; at++) await kept.send({ ...MAIL, subject: `mail ${at}` });
  expect(
    kept
      .outbox?.()
      .map(({ subject }) => subject)
      .slice(0, 2),
  ).toEqual(['mail 59', 'mail 58']);
  expect([kept.outbox?.().length, requests.length]).toEqual([50, 0]);
});
