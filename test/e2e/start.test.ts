/** `npm start` as a user meets it: what it prints works, what it keeps survives, and nothing is left behind. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { npmStart, npmStartFails, type Running } from '../support/npm-start.ts';

let dir: string;
let running: Running;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'guildhall-start-'));
  running = await npmStart(dir);
});
afterAll(async () => {
  await running.stop();
  rmSync(dir, { recursive: true, force: true });
});

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
};

const route = async ({ url, demo }: Running): Promise<Record<string, unknown>> => {
  const response = await fetch(`${url}/wcp/route`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${demo.apiKey}` },
    body: JSON.stringify({
      capability_id: 'cap.doc.summarize',
      env: 'dev',
      data_label: 'PUBLIC',
      tenant_risk: 'low',
      qos_class: 'P2',
      tenant_id: 'acme-corp',
    }),
  });
  expect(response.status).toBe(200);
  return response.json();
};

const decisions = async ({ url, demo }: Running): Promise<string> => {
  const response = await fetch(`${url}/v1/decisions`, { headers: { authorization: `Bearer ${demo.apiKey}` } });
  expect(response.status).toBe(200);
  return response.text();
};

test('prints a curl that gets a decision with a receipt, and the same facts as JSON', () => {
  const said = running.said();
  expect(said).toContain(running.demo.apiKey);
  expect(said).not.toMatch(/telemetry|update available|^\s+at /im);
  expect(statSync(join(dir, 'guildhall-demo.json')).mode & 0o777).toBe(0o600);
  expect(running.demo).toMatchObject({ url: running.url, tenant: expect.any(String), apiKey: expect.any(String) });

  const curl = /^ {4}curl [\s\S]*?\n\n/m.exec(said)?.[0] ?? '';
  const home = mkdtempSync(join(tmpdir(), 'guildhall-curl-'));
  mkdirSync(join(home, '.wrangler'));
  const reply = JSON.parse(execFileSync('/bin/sh', ['-c', curl], { cwd: home, encoding: 'utf8' }));
  expect(reply).toMatchObject({ denied: false, evidence_receipt: { hash: expect.any(String) } });
  expect(JSON.parse(readFileSync(join(home, '.wrangler', 'receipt.json'), 'utf8'))).toEqual(reply);
  rmSync(home, { recursive: true });
});

test('listens on this machine only', () => {
  const port = Number(new URL(running.url).port).toString(16).toUpperCase().padStart(4, '0');
  const listening = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`:${port} 00000000:0000 0A`));
  expect(listening).toHaveLength(1);
  expect(listening[0]).toContain(`0100007F:${port}`);
});

test('a busy port is one clear line', async () => {
  const { code, output } = await npmStartFails(mkdtempSync(join(dir, 'busy-')), Number(new URL(running.url).port));
  expect(code).toBe(1);
  expect(output).toMatch(/^guildhall: port \d+ is in use; [^\n]*\n$/);
});

test('also when only the other loopback is taken', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '::1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  }).catch(() => null);
  if (port === null) return;
  expect((await npmStartFails(mkdtempSync(join(dir, 'busy-')), port)).output).toContain('is in use');
  server.close();
});

test('a start that makes no sense is one clear line', async () => {
  expect((await npmStartFails(dir, -1)).output).toBe('guildhall: PORT=-1 is not a port\n');
  const damaged = mkdtempSync(join(dir, 'damaged-'));
  writeFileSync(join(damaged, 'secrets.json'), '{');
  expect((await npmStartFails(damaged, 0)).output).toMatch(/^guildhall: \S+secrets.json is damaged; [^\n]*\n$/);
});

test('stops on a signal with exit code 0, and takes its runtime along', async () => {
  expect(await running.stop('SIGTERM')).toBe(0);
  expect(await answers(running.url)).toBe(false);
});

test('a later start has the same tenant, key and decisions', async () => {
  const { apiKey } = running.demo;
  running = await npmStart(dir);
  expect(running.demo.apiKey).toBe(apiKey);
  const { decision_id: id } = await route(running);
  expect(await decisions(running)).toContain(String(id));
});

test.each(['the server', 'the bootstrap'])('kill -9 of %s leaves no runtime behind and loses nothing', async (who) => {
  const { decision_id: id } = await route(running);
  const { url, demo } = running;
  process.kill(who === 'the server' ? running.serverPid : (running.bootstrap.pid ?? 0), 'SIGKILL');
  await expect.poll(() => answers(url), { timeout: 5000 }).toBe(false);
  running = await npmStart(dir, Number(new URL(url).port));
  expect(running.url).toBe(url);
  expect(running.demo.apiKey).toBe(demo.apiKey);
  expect(await decisions(running)).toContain(String(id));
});
