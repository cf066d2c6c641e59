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
      return registeredMail(origin, to);
    case 'password_changed':
      return passwordChangedMail(origin, to);
  }
};

export const registeredMail = (origin: string, to: string): Mail => ({
  to,
  subject: 'You have an account already',
  text: `Somebody, probably you, wanted to use this address for a Guildhall account; it has one. If you have lost the password, ask for a new one at ${origin}.`,
});

export const passwordChangedMail = (origin: string, to: string): Mail => ({
  to,
  subject: 'Your password was changed',
  text: `The password of your Guildhall account was changed, and its sessions have ended. If it was not you, ask for a new password at ${origin}/forgot-password at once, and look whether there is a passkey that is not yours at ${origin}/app/account.`,
});

export const newAddressMail = (origin: string, to: string, token: string): Mail => ({
  to,
  subject: 'Verify your new email address',
  text: `Somebody, probably you, wants to use this address for their Guildhall account. If it was you, follow this link within an hour:\n\n${link(origin, 'email', token)}\n\nIf it was not you, do nothing.`,
});

/** To the old address, which opens nothing any more. */
export const addressChangedMail = (to: string, now: string): Mail => ({
  to,
  subject: 'The address of your account was changed',
  text: `Your Guildhall account has the address ${now} from now on; this one opens nothing any more. If it was not you, tell an owner of your tenant, who can remove the account from it.`,
});

export const deletedMail = (to: string): Mail => ({
  to,
  subject: 'Your account is deleted',
  text: 'Your Guildhall account, with its name, address, passkeys and sessions, is deleted. What you did in a tenant stays in its ledger, under an id that means nobody any more.',
});

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
