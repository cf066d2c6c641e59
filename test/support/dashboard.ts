/** The dashboard in a browser, as people use it: the two ways in, and the mails that a development server shows. */
import type { Page } from 'playwright-core';

const opened = (page: Page): Promise<void> => page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();

export const signInWithKey = async (page: Page, url: string, key: string): Promise<void> => {
  await page.goto(`${url}/sign-in/key`);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await opened(page);
};

/** Fills in the form at the door; what follows depends on who it is. */
export const fillSignIn = async (page: Page, email: string, password: string): Promise<void> => {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};

/** As somebody of one tenant. */
export const signInAs = async (
  page: Page,
  url: string,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<void> => {
  await page.goto(`${url}/app`);
  await fillSignIn(page, email, password);
  await opened(page);
};

/** The link of the newest mail to this address: mails leave after the reply, so it may take a moment. */
export const linkInMail = async (url: string, email: string, what: string): Promise<string> => {
  for (let tries = 0; tries < 50; tries++) {
    const text = await (await fetch(`${url}/outbox`)).text();
    const mail = text
      .split('<section>')
      .find((section) => section.includes(`To ${email}<`) && section.includes(`#${what}=`));
    const token = new RegExp(`#${what}=([^\\s&<]+)`).exec(mail ?? '')?.[1];
    if (token !== undefined) return `${url}/#${what}=${token}`;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no mail to ${email} with #${what}`);
};
