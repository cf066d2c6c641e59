/** People at the dashboard, in a real browser: getting in, lost passwords, invitations, roles, sessions. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { type Guildhall, startGuildhall } from '../../../src/cli/start.ts';
import { accessibilityFindings, complaintsOf, hasBrowser, openBrowser, virtualDevice } from '../../support/browser.ts';
import { fillSignIn, linkInMail, signInAs } from '../../support/dashboard.ts';
import { IdentityProvider } from '../../support/identity-provider.ts';

const PASSWORD = 'correct horse battery';
/** A refusal that the page asked for and shows is no complaint. */
const REFUSED = /Failed to load resource: the server responded with a status of 4\d\d/;

const overHttp = async (
  provider: IdentityProvider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const body = Buffer.concat(await request.toArray());
  const { method = 'GET', headers, url = '/' } = request;
  const sent = Object.entries(headers).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  const asked = new Request(provider.issuer + url, {
    method,
    headers: new Headers(sent),
    ...(method === 'POST' ? { body } : {}),
  });
  const answer = await provider.answer(asked);
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
};

describe.runIf(hasBrowser)('people at the dashboard', () => {
  const dir = mkdtempSync(join(tmpdir(), 'guildhall-people-'));
  let hall: Guildhall;
  let browser: Browser;
  let acme: IdentityProvider;
  const server = createServer((request, response) => void overHttp(acme, request, response));
  const complaints: string[] = [];

  beforeAll(async () => {
    // A provider of its own, on this machine.
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    acme = new IdentityProvider(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    hall = await startGuildhall({ dir, vars: acme.settings });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    server.close();
    await hall?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(complaints.splice(0).filter((said) => !REFUSED.test(said))).toEqual([]);
  });

  /** A browser of somebody's own, without motion: a colour on its way to another is neither. */
  const newPage = async (): Promise<Page> => {
    const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
    const said = complaintsOf(page);
    page.on('close', () => complaints.push(...said));
    return page;
  };
  const heading = (page: Page, name: string): Promise<void> => page.getByRole('heading', { name, level: 1 }).waitFor();

  /** In both themes and on a phone; answers what was found wrong. */
  const examine = async (page: Page): Promise<string[]> => {
    const findings: string[] = [];
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      findings.push(...(await accessibilityFindings(page)).map((finding) => `${theme}: ${finding}`));
    }
    await page.setViewportSize({ width: 360, height: 740 });
    if (await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')) {
      findings.push(`${page.url()} scrolls sideways on a phone`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    return findings;
  };

  const signUp = async (page: Page, email: string): Promise<void> => {
    await page.goto(`${hall.url}/sign-up`);
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make an account' }).click();
    await heading(page, 'Look into your mail');
  };

  const verify = async (page: Page, email: string): Promise<void> => {
    await page.goto(await linkInMail(hall.url, email, 'verify'));
    await page.getByRole('button', { name: 'Verify my address' }).click();
    await page.getByText('The address is yours.').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
  };

  test('the demo signs in with what the start prints, and out again', async () => {
    const page = await newPage();
    await page.goto(hall.url);
    await heading(page, 'Sign in');
    expect(await examine(page)).toEqual([]);
    await fillSignIn(page, hall.demo.signIn.email, 'not the password');
    await page.getByRole('alert').filter({ hasText: 'is wrong' }).waitFor();
    await fillSignIn(page, hall.demo.signIn.email, hall.demo.signIn.password);
    await heading(page, 'Overview');
    await page.getByText('Signed in as owner').waitFor();
    // The session outlives the page, and is in no reach of its scripts.
    await page.goto(`${hall.url}/app/workers`);
    await page.getByText('org.example.summarizer').waitFor();
    expect(await page.evaluate('document.cookie')).not.toContain('session');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Sign in');
    await page.reload();
    await heading(page, 'Sign in');
    expect((await page.context().cookies()).filter(({ name }) => name.includes('session_token'))).toEqual([]);
  });

  test('a deep link is kept while somebody signs in; who signs in for a desktop client finds a page', async () => {
    const page = await newPage();
    await page.goto(`${hall.url}/app/ledger`);
    await fillSignIn(page, hall.demo.signIn.email, hall.demo.signIn.password);
    await heading(page, 'Ledger');
    const desktop = await newPage();
    await desktop.goto(`${hall.url}/auth/github?desktop=1`);
    await fillSignIn(desktop, hall.demo.signIn.email, hall.demo.signIn.password);
    await heading(desktop, 'Overview');
  });

  test('somebody makes an account, proves the address, makes a tenant, loses the password and gets a new one', async () => {
    const page = await newPage();
    const email = 'ada@example.com';
    await page.goto(`${hall.url}/sign-up`);
    await heading(page, 'Make an account');
    expect(await examine(page)).toEqual([]);
    await signUp(page, email);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await fillSignIn(page, email, PASSWORD);
    await page.getByText('has not been verified').waitFor();
    expect(await examine(page)).toEqual([]);
    await page.getByRole('button', { name: 'Send the mail again' }).click();
    await page.getByText('Another mail is on its way.').waitFor();
    await verify(page, email);
    // The token is in no address that a history could keep.
    expect(page.url()).not.toContain('verify');
    await fillSignIn(page, email, PASSWORD);
    await heading(page, 'Make a tenant');
    expect(await examine(page)).toEqual([]);
    await page.getByLabel('Id').fill('Not An Id');
    await page.getByLabel('Name').fill('Adas');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Id').fill('adas');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText(/^guild_live_adas_/).waitFor();
    expect(await examine(page)).toEqual([]);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await heading(page, 'Overview');

    const lost = await newPage();
    await lost.goto(`${hall.url}/forgot-password`);
    await heading(lost, 'A new password');
    await lost.getByLabel('E-mail').fill(email);
    await lost.getByRole('button', { name: 'Send the mail' }).click();
    await lost.getByText('If there is an account').waitFor();
    expect(await examine(lost)).toEqual([]);
    await lost.goto(await linkInMail(hall.url, email, 'reset'));
    await heading(lost, 'Choose a new password');
    await lost.getByLabel('New password').fill('another long password');
    await lost.getByLabel('Once more').fill('another wrong password');
    await lost.getByRole('button', { name: 'Set the password' }).click();
    await lost.getByText('The two are not the same.').waitFor();
    expect(await examine(lost)).toEqual([]);
    await lost.getByLabel('Once more').fill('another long password');
    await lost.getByRole('button', { name: 'Set the password' }).click();
    await lost.getByText('every session of this account has ended').waitFor();
    // The page that was open finds the door at its next question; of itself it asks now and then.
    await page.goto(`${hall.url}/app/workers`);
    await heading(page, 'Sign in');
    await fillSignIn(page, email, 'another long password');
    await heading(page, 'Workers');
  });

  test('a member is invited, joins by the mail, is given another role, and is removed', async () => {
    const owner = await newPage();
    const email = 'grace@example.com';
    await signInAs(owner, hall.url, hall.demo.signIn);
    await owner.getByRole('link', { name: 'Members' }).click();
    await heading(owner, 'Members');
    await owner.getByRole('button', { name: 'Invite somebody' }).click();
    await owner.getByLabel('E-mail').fill(email);
    await owner.getByLabel('Role', { exact: true }).selectOption('auditor');
    expect(await accessibilityFindings(owner)).toEqual([]);
    await owner.getByRole('button', { name: 'Invite', exact: true }).click();
    await owner.getByRole('cell', { name: email, exact: true }).waitFor();
    expect(await examine(owner)).toEqual([]);

    const guest = await newPage();
    await guest.goto(await linkInMail(hall.url, email, 'invitation'));
    await guest.getByText('You are invited').waitFor();
    await signUp(guest, email);
    await verify(guest, email);
    await fillSignIn(guest, email, PASSWORD);
    await heading(guest, 'You are invited');
    expect(await examine(guest)).toEqual([]);
    await guest.getByRole('button', { name: 'Accept the invitation' }).click();
    await heading(guest, 'Overview');
    await guest.getByText('Signed in as auditor').waitFor();
    // An auditor sees, and is not offered what the role does not allow.
    await guest.getByRole('link', { name: 'Members' }).click();
    await guest.getByText(email).waitFor();
    expect(await guest.getByRole('button', { name: 'Invite somebody' }).count()).toBe(0);
    expect(await guest.getByRole('button', { name: 'Change role' }).count()).toBe(0);
    await guest.getByRole('link', { name: 'API keys' }).click();
    await guest.getByText('Your role may not see keys').waitFor();
    expect(await examine(guest)).toEqual([]);

    await owner.reload();
    await owner.getByRole('button', { name: `Change role of ${email}` }).click();
    await owner.getByLabel('Role', { exact: true }).selectOption('admin');
    await owner.getByRole('button', { name: 'Change', exact: true }).click();
    await owner.getByRole('row').filter({ hasText: email }).getByText('Admin').waitFor();
    await guest.reload();
    await guest.getByRole('heading', { name: 'API keys', level: 1 }).waitFor();
    await guest.getByText('first key').waitFor();
    await owner.getByRole('button', { name: `Remove ${email}` }).click();
    await owner.getByText('Let API keys that they made work on').waitFor();
    expect(await accessibilityFindings(owner)).toEqual([]);
    await owner.getByRole('button', { name: 'Remove', exact: true }).click();
    await owner.getByRole('row').filter({ hasText: email }).waitFor({ state: 'detached' });
    await guest.reload();
    await heading(guest, 'Make a tenant');
  });

  test('somebody of two tenants chooses, and sees of each only its own', async () => {
    const { email, password } = hall.demo.signIn;
    const made = await call(`${hall.url}/v1/tenants`, 'POST', hall.operatorKey, { tenant: 'second', name: 'Second' });
    await call(`${hall.url}/v1/tenants/second/owners`, 'POST', hall.operatorKey, { email, password, name: 'Demo' });
    expect(made.tenant).toBe('second');
    const page = await newPage();
    await page.goto(`${hall.url}/app/workers`);
    await fillSignIn(page, email, password);
    await heading(page, 'Choose a tenant');
    expect(await examine(page)).toEqual([]);
    await page.getByRole('button', { name: 'second' }).click();
    await page.getByText('No worker is enrolled').waitFor();
    await page.getByLabel('Tenant').selectOption('demo');
    await page.getByText('org.example.summarizer').waitFor();
    await page.getByLabel('Tenant').selectOption('second');
    await page.getByText('No worker is enrolled').waitFor();
    expect(await page.getByText('org.example.summarizer').count()).toBe(0);
    // A new tab begins where the last one was.
    await page.reload();
    await page.getByText('No worker is enrolled').waitFor();
    await call(`${hall.url}/v1/tenants/second/delete`, 'POST', hall.operatorKey, { reason: 'tried out' });
  });

  test('sessions are seen and ended, one by one or all', async () => {
    const [here, there] = [await newPage(), await newPage()];
    await signInAs(here, hall.url, hall.demo.signIn);
    await signInAs(there, hall.url, hall.demo.signIn);
    await here.getByRole('link', { name: 'Demo', exact: true }).click();
    await heading(here, 'Account');
    await here.getByText('this one').waitFor();
    expect(await examine(here)).toEqual([]);
    // The newest other one is first.
    const others = here.getByRole('button', { name: /^End the session/ });
    const count = await others.count();
    await others.first().click();
    await expect.poll(() => others.count()).toBe(count - 1);
    await there.reload();
    await heading(there, 'Sign in');
    await here.getByRole('button', { name: 'Sign out everywhere' }).click();
    await heading(here, 'Sign in');
  });

  test('somebody changes name and address, and deletes the account', async () => {
    const page = await newPage();
    const [email, next] = ['tess@example.com', 'tess.new@example.com'];
    await signUp(page, email);
    await verify(page, email);
    await fillSignIn(page, email, PASSWORD);
    await page.getByLabel('Id').fill('tess');
    await page.getByLabel('Name').fill('Tess');
    await page.getByLabel('Where its records are kept').selectOption('eu');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText(/^guild_live_eu--tess_/).waitFor();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('link', { name: 'Ada', exact: true }).click();
    await heading(page, 'Account');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Change name' }).click();
    await dialog.getByLabel('Name').fill('Tess');
    expect(await accessibilityFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Change the name' }).click();
    await page.getByRole('link', { name: 'Tess', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Change address' }).click();
    await dialog.getByLabel('New e-mail').fill(next);
    await dialog.getByLabel('Your password').fill(PASSWORD);
    expect(await accessibilityFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Send the mail' }).click();
    await dialog.getByText('Look into the mail').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.goto(await linkInMail(hall.url, next, 'email'));
    await page.getByRole('button', { name: 'Verify my address' }).click();
    await page.getByText('has this address from now on').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.goto(`${hall.url}/app/account`);
    await page.getByText(next).waitFor();
    expect(await examine(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await dialog.getByLabel('Your password').fill(PASSWORD);
    expect(await accessibilityFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Delete it' }).click();
    await dialog.getByText('only owner of eu--tess').waitFor();
    const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const ended = await fetch(`${hall.url}/v1/account/tenants/eu--tess/delete`, {
      method: 'POST',
      headers: { cookie: cookies, origin: hall.url, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'tried out' }),
    });
    expect(ended.status).toBe(200);
    await dialog.getByRole('button', { name: 'Delete it' }).click();
    await heading(page, 'Sign in');
    await fillSignIn(page, next, PASSWORD);
    await page.getByRole('alert').filter({ hasText: 'is wrong' }).waitFor();
  });

  test('a key is made with its terms, shown once, replaced and revoked', async () => {
    const page = await newPage();
    await page.goto(`${hall.url}/app/keys`);
    await fillSignIn(page, hall.demo.signIn.email, hall.demo.signIn.password);
    await page.getByRole('button', { name: 'Make a key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Billing agent');
    await dialog.getByLabel('read the Hall').check();
    await dialog.getByLabel('Environment').selectOption('test');
    await dialog.getByLabel('Addresses it may come from').fill('nonsense');
    expect(await accessibilityFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await dialog.getByText('expected an address or a CIDR range').first().waitFor();
    await dialog.getByLabel('Addresses it may come from').fill('');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    const shown = dialog.getByText(/^guild_test_demo_/);
    const first = await shown.innerText();
    expect(await accessibilityFindings(page)).toEqual([]);
    const status = async (key: string): Promise<number> =>
      (await fetch(`${hall.url}/v1/settings`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect(await status(first)).toBe(200);
    await dialog.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('button', { name: 'Replace Billing agent' }).click();
    await dialog.getByLabel('The old one works on for').selectOption('not at all');
    await dialog.getByRole('button', { name: 'Replace it' }).click();
    const second = await shown.innerText();
    expect([await status(first), await status(second)]).toEqual([401, 200]);
    await dialog.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('button', { name: 'Revoke Billing agent' }).click();
    await dialog.getByRole('button', { name: 'Revoke it' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await status(second)).toBe(401);
    expect(await examine(page)).toEqual([]);
  });

  test('a passkey is added, signs in without a password, and is removed', async () => {
    const page = await newPage();
    await virtualDevice(page);
    await page.goto(`${hall.url}/app/account`);
    await fillSignIn(page, hall.demo.signIn.email, hall.demo.signIn.password);
    await page.getByLabel('Name of the device').fill('My laptop');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('cell', { name: 'My laptop', exact: true }).waitFor();
    expect(await examine(page)).toEqual([]);
    // One for each device is enough.
    await page.getByLabel('Name of the device').fill('My laptop again');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('alert').filter({ hasText: 'has a passkey for this account already' }).waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await heading(page, 'Sign in');
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await heading(page, 'Account');
    await page.getByRole('button', { name: 'Remove the passkey My laptop' }).click();
    await page.getByText('None. A passkey signs you in').waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('alert').filter({ hasText: 'passkey was not accepted' }).waitFor();
    expect(await examine(page)).toEqual([]);
  });

  test('somebody signs in by a provider, and is told when it vouches for nothing', async () => {
    const page = await newPage();
    await page.goto(`${hall.url}/sign-in`);
    acme.who = { sub: 'lin', email: 'lin@example.com', email_verified: false };
    await page.getByRole('button', { name: 'Sign in with Acme' }).click();
    await page.getByText('has not proved that the e-mail address is yours').waitFor();
    expect(await examine(page)).toEqual([]);
    acme.who = { sub: 'lin', email: 'lin@example.com', email_verified: true, name: 'Lin' };
    await page.getByRole('button', { name: 'Sign in with Acme' }).click();
    await heading(page, 'Make a tenant');
    expect(page.url()).not.toContain('signed-in');
    // Who is in no tenant and has no password can end the account, too, as long as the session is young.
    await page.getByRole('button', { name: 'Delete my account' }).click();
    expect(await accessibilityFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete it' }).click();
    await heading(page, 'Sign in');
    acme.who = { sub: 'demo', email: hall.demo.signIn.email, email_verified: true };
    const joined = await newPage();
    await joined.goto(`${hall.url}/sign-in`);
    await joined.getByRole('button', { name: 'Sign in with Acme' }).click();
    await heading(joined, 'Overview');
  });
});
