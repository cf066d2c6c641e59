/**
 * Four people of one tenant, each with a browser of their own, from the owner's sign-up to a receipt that the auditor's
 * browser has verified: what each sees, does, and is not offered.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../src/cli/demo.ts';
import { ANNOUNCED, DEMO_POLICY, DEMO_RULES, DEMO_WORKERS } from '../../../src/cli/demo-content.ts';
import { hasBrowser } from '../../support/browser.ts';
import { fillSignIn, linkInMail } from '../../support/dashboard.ts';
import { Dashboard, type Screen } from '../../support/screens.ts';

const PASSWORD = 'correct horse battery';
/** Held until a person answers. */
const MIGRATION = { ...ANNOUNCED, capability_id: 'cap.db.migrate', data_label: 'PUBLIC' };

/** Every act that changes something, by the name of its button, and the address it is at. */
const ACTS = {
  Approve: '/app/approvals',
  Enrol: '/app/workers',
  Publish: '/app/rules',
  Activate: '/app/profiles/prof.prod.strict?tab=effect',
  'Save draft': '/app/policies',
  'Ban a worker': '/app/bans',
  'Make a key': '/app/keys',
  'Add a webhook': '/app/webhooks',
  'Invite somebody': '/app/members',
  'Switch on': '/app/settings',
} as const;
type Act = keyof typeof ACTS;

describe.runIf(hasBrowser)('the people of a tenant', () => {
  let dashboard: Dashboard;
  let owner: Screen;
  let key: string;
  let held: Readonly<Record<string, unknown>>;
  beforeAll(async () => {
    dashboard = await Dashboard.open();
    owner = await dashboard.stranger();
  });
  afterAll(async () => {
    await dashboard?.close();
  });
  const url = (): string => dashboard.hall.url;
  const api = (path: string, method: string, body?: object) => call(url() + path, method, key, body);

  const signUp = async ({ page }: Screen, name: string): Promise<string> => {
    const email = `${name.toLowerCase()}@example.com`;
    await page.goto(`${url()}/sign-up`);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make an account' }).click();
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    await page.goto(await linkInMail(url(), email, 'verify'));
    await page.getByRole('button', { name: 'Verify my address' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await fillSignIn(page, email, PASSWORD);
    return email;
  };

  const invite = async ({ page }: Screen, name: string, role: string): Promise<void> => {
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await page.getByLabel('E-mail').fill(`${name.toLowerCase()}@example.com`);
    await page.getByLabel('Role', { exact: true }).selectOption(role);
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };

  /** Follows the mail of the invitation, in a browser that nobody has used. */
  const join = async (name: string): Promise<Screen> => {
    const screen = await dashboard.stranger();
    await screen.page.goto(await linkInMail(url(), `${name.toLowerCase()}@example.com`, 'invitation'));
    await signUp(screen, name);
    await screen.page.getByRole('button', { name: 'Accept the invitation' }).click();
    await screen.heading('Overview');
    return screen;
  };

  const offered = async (page: Page, act: Act): Promise<boolean> => {
    await page.goto(url() + ACTS[act]);
    // Also one that is folded away.
    const found = page.locator('main button', { hasText: new RegExp(`^${act}`) });
    const said = page.getByText(/^(?:You look at this as|Your role may not see)/);
    await found.or(said).first().waitFor({ state: 'attached' });
    return (await found.count()) > 0;
  };

  /** The acts that are offered, of all there are. A screen that offers none says why. */
  const actsOf = async ({ page }: Screen): Promise<readonly Act[]> => {
    const found: Act[] = [];
    for (const act of Object.keys(ACTS) as Act[]) if (await offered(page, act)) found.push(act);
    return found;
  };

  test('the owner signs up, makes a tenant, and asks three people in; an agent asks by key', async () => {
    const { page } = owner;
    await signUp(owner, 'Olga');
    await page.getByLabel('Id').fill('harbour');
    await page.getByLabel('Name').fill('Harbour');
    await page.getByRole('button', { name: 'Make it' }).click();
    key = await page.getByText(/^guild_live_harbour_/).innerText();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await owner.heading('Overview');
    await owner.open('/app/members', 'Members');
    await invite(owner, 'Ada', 'approver');
    await invite(owner, 'Otto', 'operator');
    await invite(owner, 'Aude', 'auditor');
    for (const worker of DEMO_WORKERS) await api('/v1/workers', 'POST', worker);
    await api('/v1/rules', 'PUT', DEMO_RULES);
    await api('/v1/policies', 'PUT', { content: DEMO_POLICY });
    const agent = await api('/v1/keys', 'POST', { name: 'agent', environment: 'live', scopes: ['hall:route'] });
    held = await call(`${url()}/wcp/route`, 'POST', String(agent.api_key), MIGRATION);
    expect(held.outcome).toBe('STEWARD_HOLD');
    expect(await actsOf(owner)).toEqual(Object.keys(ACTS));
  });

  test('the approver reads what waits and answers it, and is offered nothing else', async () => {
    const ada = await join('Ada');
    expect(await actsOf(ada)).toEqual(['Approve']);
    await ada.open('/app/approvals', 'Approvals');
    const { page } = ada;
    await page.getByRole('button', { name: /^Approve/ }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Approve/ })
      .click();
    await page.getByText('approved and dispatched').waitFor();
    expect(ada.complaints).toEqual([]);
  });

  test('the operator enrols a worker and may answer; rules, bans and keys are for others', async () => {
    const otto = await join('Otto');
    const { page } = otto;
    await api('/wcp/route', 'POST', MIGRATION);
    expect(await actsOf(otto)).toEqual(['Approve', 'Enrol']);
    await otto.open('/app/workers', 'Workers');
    await page.getByRole('button', { name: 'Enrol a worker …' }).click();
    await page.getByLabel('Worker id').fill('org.example.crane');
    await page.getByLabel('Species').fill('wrk.doc.crane');
    await page.getByLabel('Capabilities').fill('cap.doc.summarize');
    await page.getByLabel('Owner').fill('Harbour');
    await page.getByLabel('Contact').fill('otto@example.com');
    await page.getByRole('dialog').getByRole('button', { name: 'Enrol' }).click();
    await page.getByRole('link', { name: 'org.example.crane' }).waitFor();
    expect(otto.complaints).toEqual([]);
  });

  test('the auditor sees who did what and has the browser verify the receipt, and changes nothing', async () => {
    const aude = await join('Aude');
    const { page } = aude;
    expect(await actsOf(aude)).toEqual([]);
    await aude.open('/app/audit', 'Audit');
    await page.getByRole('cell', { name: 'wcp.approval.approved' }).waitFor();
    await aude.open('/app/decisions?capability_id=cap.db.migrate&outcome=DISPATCH', 'Decisions');
    await page.locator('tbody a').first().click();
    await page.getByText('Dispatched', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Verify in my browser' }).click();
    await page.getByText('It holds, as computed in this browser.').waitFor();
    await aude.isSound('the receipt that the auditor verified');
  });

  test('the owner saves the ledger, and only then ends the tenant', async () => {
    const { page } = owner;
    await owner.open('/app/settings', 'Settings');
    await page.getByRole('button', { name: 'End this tenant …' }).click();
    await page.getByLabel('2. Why it ends').fill('the harbour silts up');
    await page.getByLabel('3. Its name').fill('harbour');
    const end = page.getByRole('button', { name: 'End it for ever' });
    expect(await end.isDisabled()).toBe(true);
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByText('1. Save the whole').click()]);
    await page.getByText('Saved. Keep the file').waitFor();
    expect(file.suggestedFilename()).toBe('harbour.ledger.ndjson');
    await owner.isSound('the end of a tenant');
    await end.click();
    await page.getByRole('heading', { name: 'Make a tenant' }).waitFor();
    const { status } = await fetch(`${url()}/v1/settings`, { headers: { authorization: `Bearer ${key}` } });
    expect(status).toBe(401);
  });
});
