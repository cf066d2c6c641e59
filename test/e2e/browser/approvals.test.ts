/**
 * Approvals in a real browser: a person registers a passkey, signs what has to be signed, and sees who has said yes so far;
 * what they signed is in the export, and checked without us.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { readKeySet } from '../../../src/core/ledger/trust.ts';
import { LedgerVerifier } from '../../../src/core/ledger/verifier.ts';
import { verifyEd25519 } from '../../../src/keys/ring.ts';
import { hasBrowser, virtualDevice } from '../../support/browser.ts';
import { fillSignIn } from '../../support/dashboard.ts';
import { Dashboard, type Screen } from '../../support/screens.ts';

const POLICY = `rules:
  - {id: signed, decision: require_approval, reason: sign the release, match: {topics: [job.release]}, approval: {passkey: true}}
  - {id: two, decision: require_approval, reason: two of you, match: {topics: [job.rollout]}, approval: {quorum: 2}}
`;

describe.runIf(hasBrowser)('approvals in the dashboard', () => {
  let dashboard: Dashboard;
  let screen: Screen;
  let page: Page;
  const ask = (method: string, path: string, body?: unknown, key = dashboard.hall.demo.apiKey) =>
    call(`${dashboard.hall.url}${path}`, method, key, body);
  const item = (topic: string) => page.getByRole('listitem').filter({ hasText: topic });

  beforeAll(async () => {
    dashboard = await Dashboard.open();
    const { url, demo } = dashboard.hall;
    await ask('PUT', '/v1/policies', { content: POLICY });
    screen = await dashboard.stranger();
    ({ page } = screen);
    await virtualDevice(page);
    await page.goto(`${url}/app/approvals`);
    await fillSignIn(page, demo.signIn.email, demo.signIn.password);
    await screen.heading('Approvals');
  });
  afterAll(async () => {
    await screen?.close();
    await dashboard?.close();
  });

  test('a yes that has to be signed: registered, signed, in the export, checked without us', async () => {
    const job = await ask('POST', '/api/v1/jobs', { topic: 'job.release', labels: { version: '1.2' } });
    await item('job.release').getByText('has to be signed with a passkey').waitFor();
    await item('job.release').getByText('version=1.2').waitFor();
    await item('job.release').getByRole('button', { name: 'Approve …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('you have no passkey for that here').waitFor();
    expect(await dialog.getByRole('button', { name: /^Approve/ }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'Back' }).click();

    await page.getByLabel('Name of the passkey').fill('My laptop');
    await page.getByRole('button', { name: 'Add a passkey to sign with' }).click();
    await page.getByRole('cell', { name: 'My laptop', exact: true }).waitFor();
    await screen.isSound('what waits, and a passkey');

    await item('job.release').getByRole('button', { name: 'Approve …' }).click();
    await dialog.getByLabel('Reason (optional)').fill('tested twice');
    await dialog.getByRole('button', { name: 'Approve with passkey' }).click();
    await page.getByText('The last one is approved.').waitFor();
    expect(await ask('GET', `/api/v1/jobs/${String(job.job_id)}`)).toMatchObject({ state: 'SCHEDULED' });

    const { url, demo } = dashboard.hall;
    const response = await fetch(`${url}/v1/ledger/export`, { headers: { authorization: `Bearer ${demo.apiKey}` } });
    const lines = (await response.text()).trimEnd().split('\n');
    const verdictOf = (all: readonly string[]) => {
      const verifier = new LedgerVerifier({ verifyEd25519, keys: readKeySet(demo.jwks as never) ?? [] });
      for (const line of all) verifier.line(line);
      return verifier.finish();
    };
    expect(verdictOf(lines)).toMatchObject({ ok: true });
    const at = lines.findIndex((line) => line.includes('cap.approval_resolved') && line.includes('"passkey":{'));
    const signed = JSON.parse(lines[at] ?? '') as { entry: { body: { passkey: { signature: string } } } };
    const { signature } = signed.entry.body.passkey;
    expect(signature.length).toBeGreaterThan(80);
    const bent = `${signature.startsWith('M') ? 'N' : 'M'}${signature.slice(1)}`;
    expect(verdictOf(lines.with(at, (lines[at] ?? '').replace(signature, bent)))).toMatchObject({
      ok: false,
      line: at + 1,
    });
  });

  test('who said yes so far is shown until enough have', async () => {
    const { approverKey } = dashboard.hall.demo;
    const job = await ask('POST', '/api/v1/jobs', { topic: 'job.rollout' });
    await item('job.rollout').getByText('0 of 2').waitFor();
    await ask('POST', `/api/v1/approvals/${String(job.job_id)}/approve`, { note: 'seen by me' }, approverKey);
    await item('job.rollout').getByText('1 of 2').waitFor();
    await item('job.rollout').getByText('seen by me').waitFor();
    await screen.isSound('one of two');
    await item('job.rollout').getByRole('button', { name: 'Approve …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('The last one is approved.').waitFor();
    await item('job.rollout').waitFor({ state: 'detached' });
  });

  test('a passkey that was given up signs nothing; a key of the tenant cannot sign', async () => {
    await ask('POST', '/api/v1/jobs', { topic: 'job.release' });
    await page.getByRole('button', { name: 'Give up the passkey My laptop' }).click();
    await page.getByRole('cell', { name: 'My laptop', exact: true }).waitFor({ state: 'detached' });
    await item('job.release').getByRole('button', { name: 'Approve …' }).click();
    await page.getByRole('dialog').getByText('you have no passkey for that here').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click();
    const byKey = await dashboard.page(dashboard.hall.demo.approverKey);
    await byKey.open('/app/approvals', 'Approvals');
    await byKey.page.getByRole('button', { name: 'Approve …' }).click();
    await byKey.page.getByText('sign in as yourself, not with an API key').waitFor();
    await byKey.close();
  });
});
