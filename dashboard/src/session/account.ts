/** What a person asks of the service about themselves. */
import { getJson, Problem, sendJson } from '../api/http.ts';
import { close, openAs, type Person } from './session.ts';

/** Asks who is signed in: at the start, and when memberships have changed. */
export const resume = async (): Promise<void> => openAs(await getJson<Person>('/v1/account/session'));

export const signIn = async (email: string, password: string): Promise<void> =>
  openAs(await sendJson<Person>('POST', '/v1/account/sign-in', { email, password }));

export const signUp = (body: { email: string; password: string; name: string }): Promise<unknown> =>
  sendJson('POST', '/v1/account/sign-up', body);

export const mailAgain = (email: string): Promise<unknown> => sendJson('POST', '/v1/account/verification', { email });

export const forgotPassword = (email: string): Promise<unknown> =>
  sendJson('POST', '/v1/account/password/forgot', { email });

export const resetPassword = (token: string, password: string): Promise<unknown> =>
  sendJson('POST', '/v1/account/password/reset', { token, password });

export const verifyEmail = (token: string): Promise<unknown> => sendJson('POST', '/v1/account/verify', { token });

/** The address of the account changes; a page that is signed in shows the new one. */
export const takeNewEmail = async (token: string): Promise<void> => {
  await sendJson('POST', '/v1/account/email/verify', { token });
  await resume().catch(() => undefined);
};

export const acceptInvitation = (token: string): Promise<{ readonly tenant: string }> =>
  sendJson('POST', '/v1/account/invitations/accept', { token });

export const createTenant = (body: {
  tenant: string;
  name: string;
  jurisdiction?: string;
}): Promise<{ tenant: string; api_key: string }> => sendJson('POST', '/v1/account/tenants', body);

/** Ends the session at the service, too; a key has none there. */
export const leave = async (kind: 'key' | 'person'): Promise<void> => {
  if (kind === 'person') {
    await sendJson('POST', '/v1/account/sign-out').catch((error: unknown) => {
      if (!(error instanceof Problem && error.status === 401)) throw error;
    });
  }
  close();
};
