/**
 * What a link of a mail brought along, in the part of the address that is sent to no server. It is taken out of the
 * address at once, so that no history and no screenshot keeps it. An invitation is kept until somebody has signed in
 * to accept it, which may take a mail of its own; it is good for its one address only.
 */
import { useSyncExternalStore } from 'react';
import { expectPerson } from './session.ts';

export interface MailLink {
  readonly what: 'verify' | 'reset' | 'email';
  readonly token: string;
}

const INVITATION = 'guildhall.invitation';
const LINK = /^#(verify|reset|email|invitation|signed-in)=(.+)$/;

const take = (): MailLink | null => {
  const found = LINK.exec(location.hash);
  if (found === null) return null;
  const [, what, text = ''] = found;
  history.replaceState(history.state, '', location.pathname + location.search);
  try {
    const token = decodeURIComponent(text);
    if (what === 'verify' || what === 'reset' || what === 'email') return { what, token };
    if (what === 'invitation') localStorage.setItem(INVITATION, token);
    if (what === 'signed-in') expectPerson();
  } catch {
    // Not of our making, so nothing to follow.
  }
  return null;
};

const listeners = new Set<() => void>();
const tell = (): void => {
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

let link: MailLink | null = take();
window.addEventListener('hashchange', () => {
  link = take() ?? link;
  tell();
});

export const useLink = (): MailLink | null => useSyncExternalStore(subscribe, () => link);
export const linkDone = (): void => {
  link = null;
  tell();
};

export const useInvitation = (): string | null =>
  useSyncExternalStore(subscribe, () => localStorage.getItem(INVITATION));
export const invitationDone = (): void => {
  localStorage.removeItem(INVITATION);
  tell();
};
