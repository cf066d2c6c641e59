/**
 * Who looks at this page: a key of the tenant, held by this tab only and gone when it is closed. The key decides what
 * may be seen and done; the page never does.
 */
import { useSyncExternalStore } from 'react';

export interface Session {
  readonly key: string;
  /** The tenant that the key names. */
  readonly tenant: string;
}

const STORED = 'guildhall.session';
const KEY = /^guild_(?:live|test)_([a-z0-9-]{3,40})_[0-9A-Za-z]{42}$/;

const listeners = new Set<() => void>();
let current: Session | null = read();

function read(): Session | null {
  const key = sessionStorage.getItem(STORED);
  return key === null ? null : sessionOf(key);
}

/** Null: the text is no key of ours. */
export function sessionOf(key: string): Session | null {
  const tenant = KEY.exec(key.trim())?.[1];
  return tenant === undefined ? null : { key: key.trim(), tenant };
}

const change = (session: Session | null): void => {
  current = session;
  for (const listener of listeners) listener();
};

export const signIn = (session: Session): void => {
  sessionStorage.setItem(STORED, session.key);
  change(session);
};

export const signOut = (): void => {
  sessionStorage.removeItem(STORED);
  change(null);
};

export const credential = (): Record<string, string> =>
  current === null ? {} : { authorization: `Bearer ${current.key}` };

export const useSession = (): Session | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
