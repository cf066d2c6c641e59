/** What the mails say. Links lead to our own pages, which send the token on; a link itself changes nothing. */
import type { AccountMail } from '../registry/account-library.ts';
import type { Mail } from './mail.ts';

const link = (origin: string, what: string, token: string): string => `${origin}/#${what}=${encodeURIComponent(token)}`;

export const accountMail = (origin: string, { kind, to, token }: AccountMail): Mail => {
  switch (kind) {
    case 'verify':
      return {
        to,
        subject: 'Verify your email address',
        text: `Somebody, probably you, made a Guildhall account with this address. To verify it, follow this link within a day:\n\n${link(origin, 'verify', token)}\n\nIf it was not you, do nothing.`,
      };
    case 'reset':
      return {
        to,
        subject: 'Choose a new password',
        text: `Somebody, probably you, asked for a new password for Guildhall. This link works once, within an hour:\n\n${link(origin, 'reset', token)}\n\nIf it was not you, do nothing: your password stays as it is.`,
      };
    case 'already_registered':
      return {
        to,
        subject: 'You have an account already',
        text: `Somebody, probably you, tried to make a Guildhall account with this address, which has one. If you have lost the password, ask for a new one at ${origin}.`,
      };
  }
};

export const invitationMail = (origin: string, to: string, tenant: string, role: string, token: string): Mail => ({
  to,
  subject: `You are invited to ${tenant} on Guildhall`,
  text: `You are invited to the tenant ${tenant} as ${role.replace('_', ' ')}. Sign in with this address, or make an account with it, and follow this link within a week:\n\n${link(origin, 'invitation', token)}`,
});

export const passkeyMail = (origin: string, to: string, name: string): Mail => ({
  to,
  subject: 'A passkey was added to your account',
  text: `The passkey "${name}" now opens your Guildhall account. If it was not you, remove it at ${origin}/app/account, sign out everywhere and choose a new password.`,
});
